//! The mint's API, as the wallet engine uses it.

mod http;

pub use http::{Call, HttpApi, MAX_BODY_LEN, Reply, TIMEOUT_MS, Transport};

use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::seed::AccountToken;
use ecash_core::wire::{
    AccountResponse, CancelResponse, ClaimRequest, ClaimResponse, KeysResponse, KeysetInfo,
    OpenAccountRequest, OpenAccountResponse, PaymentView, Problem, PublicLink, RedeemRequest, RedeemResponse,
    RestoreRequest, RestoreResponse, SwapRequest, SwapResponse, TokenInfo, UseLinkRequest, UseLinkResponse,
    Verdict, VerifyResult, WithdrawRequest, WithdrawResponse,
};
use ecash_core::{KeysetId, LinkId, PaymentId};

/// Errors of a request to the mint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The mint rejected the request. An earlier attempt may have been committed nevertheless.
    #[error("the mint rejected the request: {}", .0.code)]
    Refused(Box<Problem>),
    /// The mint is overloaded or temporarily down.
    #[error("the mint is busy; retry in {retry_after_s} s")]
    Busy {
        /// Seconds to wait before the next attempt.
        retry_after_s: u32,
    },
    /// The request or its response was lost. Whether the mint received the request is unknown.
    #[error("the mint did not respond")]
    Lost,
}

impl ApiError {
    /// Classifies a problem document by its [`Verdict`].
    #[must_use]
    pub fn from_problem(problem: Problem, retry_after_s: Option<u32>) -> Self {
        match problem.verdict() {
            Verdict::Busy => Self::Busy { retry_after_s: retry_after_s.unwrap_or(1) },
            Verdict::Unknown => Self::Lost,
            Verdict::Rejected => Self::Refused(Box::new(problem)),
        }
    }
}

/// The API of one mint. Implementations send no cookies. They send the account token only with withdrawals,
/// cancels of withdrawals and account reads.
pub trait MintApi {
    /// `GET /api/v1/keys`
    fn keys(&self) -> impl Future<Output = Result<KeysResponse, ApiError>>;
    /// `GET /api/v1/keys/{keyset_id}`
    fn keyset(&self, keyset_id: &KeysetId) -> impl Future<Output = Result<KeysetInfo, ApiError>>;
    /// `POST /api/v1/accounts`
    fn open_account(
        &self,
        request: &OpenAccountRequest,
    ) -> impl Future<Output = Result<OpenAccountResponse, ApiError>>;
    /// `GET /api/v1/account`
    fn account(&self, token: &AccountToken) -> impl Future<Output = Result<AccountResponse, ApiError>>;
    /// `POST /api/v1/withdraw`
    fn withdraw(
        &self,
        token: &AccountToken,
        key: &IdempotencyKey,
        request: &WithdrawRequest,
    ) -> impl Future<Output = Result<WithdrawResponse, ApiError>>;
    /// `POST /api/v1/swap`
    fn swap(
        &self,
        key: &IdempotencyKey,
        request: &SwapRequest,
    ) -> impl Future<Output = Result<SwapResponse, ApiError>>;
    /// `POST /api/v1/redeem`
    fn redeem(
        &self,
        key: &IdempotencyKey,
        request: &RedeemRequest,
    ) -> impl Future<Output = Result<RedeemResponse, ApiError>>;
    /// `GET /api/v1/payments/{payment_id}`
    fn payment(&self, payment_id: &PaymentId) -> impl Future<Output = Result<PaymentView, ApiError>>;
    /// `GET /api/v1/links/{link_id}`
    fn link(&self, link_id: &LinkId) -> impl Future<Output = Result<PublicLink, ApiError>>;
    /// `POST /api/v1/links/{link_id}/payments`
    fn use_link(
        &self,
        link_id: &LinkId,
        request: &UseLinkRequest,
    ) -> impl Future<Output = Result<UseLinkResponse, ApiError>>;
    /// `POST /api/v1/payments/{payment_id}/refunds/claim`
    fn claim_refunds(
        &self,
        payment_id: &PaymentId,
        key: &IdempotencyKey,
        request: &ClaimRequest,
    ) -> impl Future<Output = Result<ClaimResponse, ApiError>>;
    /// `POST /api/v1/restore`
    fn restore(&self, request: &RestoreRequest) -> impl Future<Output = Result<RestoreResponse, ApiError>>;
    /// `POST /api/v1/verify`. Results are in the order of the tokens.
    fn verify(&self, tokens: &[TokenInfo]) -> impl Future<Output = Result<Vec<VerifyResult>, ApiError>>;
    /// `POST /api/v1/cancel`. Takes the account token only for [`Route::Withdraw`].
    fn cancel(
        &self,
        token: Option<&AccountToken>,
        key: &IdempotencyKey,
        route: Route,
    ) -> impl Future<Output = Result<CancelResponse, ApiError>>;
}
