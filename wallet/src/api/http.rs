//! The mint's API over any HTTP transport: paths, headers, limits and the interpretation of responses.

use super::{ApiError, MintApi};
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::seed::AccountToken;
use ecash_core::wire::{
    AccountResponse, CancelRequest, CancelResponse, ClaimRequest, ClaimResponse, KeysResponse, KeysetInfo,
    OpenAccountRequest, OpenAccountResponse, PaymentView, Problem, PublicLink, RedeemRequest, RedeemResponse,
    RestoreRequest, RestoreResponse, SwapRequest, SwapResponse, TokenInfo, UseLinkRequest, UseLinkResponse,
    VerifyRequest, VerifyResponse, VerifyResult, WithdrawRequest, WithdrawResponse,
};
use ecash_core::{KeysetId, LinkId, PaymentId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// The request timeout, in milliseconds. A request without a complete response by then counts as lost.
/// Signing 128 outputs takes about a second, and a later resume completes what timed out.
pub const TIMEOUT_MS: u32 = 10_000;
/// The longest accepted response body, in bytes. A longer one counts as lost. The longest valid body, with
/// 128 blind signatures, is a tenth of this, and a restore's response fits too.
pub use ecash_core::wire::MAX_BODY_LEN;

/// The route that opens accounts.
const ACCOUNTS: &str = "/api/v1/accounts";

/// A request to a mint.
#[derive(Clone)]
pub struct Call {
    /// The path, beginning with `/`.
    pub path: String,
    /// The `Authorization` header, if the request names an account.
    pub authorization: Option<Zeroizing<String>>,
    /// The `Idempotency-Key` header, if the request moves money.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The JSON body of a POST; `None` for a GET.
    pub body: Option<String>,
}

impl Call {
    /// Returns whether the request names an account, by its token or by the token's hash. A transport must
    /// send such requests over separate connections: on a shared one, the mint could link anonymous requests
    /// to the account.
    #[must_use]
    pub fn names_account(&self) -> bool {
        self.authorization.is_some() || self.path == ACCOUNTS
    }
}

/// A complete response.
#[derive(Clone)]
pub struct Reply {
    /// The HTTP status code.
    pub status: u16,
    /// The `Retry-After` header, in seconds.
    pub retry_after_s: Option<u32>,
    /// The body, at most [`MAX_BODY_LEN`] bytes.
    pub body: String,
}

/// Sends single requests, without cookies, redirects or a cache, within [`TIMEOUT_MS`] and [`MAX_BODY_LEN`].
/// A transport must not retry: the wallet engine does so where it is safe.
pub trait Transport {
    /// Sends a request and waits for the complete response.
    ///
    /// # Errors
    /// [`ApiError::Lost`] if no complete response arrives.
    fn call(&self, call: Call) -> impl Future<Output = Result<Reply, ApiError>>;
}

/// [`MintApi`] over a transport.
#[derive(Debug, Clone)]
pub struct HttpApi<T>(pub T);

impl<T: Transport> HttpApi<T> {
    async fn get<R: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&AccountToken>,
    ) -> Result<R, ApiError> {
        let authorization = token.map(bearer);
        let call = Call { path: path.to_owned(), authorization, idempotency_key: None, body: None };
        parse(&self.0.call(call).await?)
    }

    async fn post<R: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&AccountToken>,
        key: Option<&IdempotencyKey>,
        body: &impl Serialize,
    ) -> Result<R, ApiError> {
        // Wire types always serialize. If one did not, nothing would be sent, and `Lost` would be correct.
        let body = serde_json::to_string(body).map_err(|_| ApiError::Lost)?;
        let call = Call {
            path: path.to_owned(),
            authorization: token.map(bearer),
            idempotency_key: key.cloned(),
            body: Some(body),
        };
        parse(&self.0.call(call).await?)
    }
}

fn bearer(token: &AccountToken) -> Zeroizing<String> {
    Zeroizing::new(format!("Bearer {}", token.to_bearer().as_str()))
}

/// Parses a response. A body that is neither a response of the API nor a problem document, such as a proxy's
/// error page, leaves the outcome unknown. It counts as busy if the status is an error, otherwise as lost.
fn parse<R: DeserializeOwned>(reply: &Reply) -> Result<R, ApiError> {
    if (200..300).contains(&reply.status) {
        return serde_json::from_str(&reply.body).map_err(|_| ApiError::Lost);
    }
    match serde_json::from_str::<Problem>(&reply.body) {
        Ok(problem) => Err(ApiError::from_problem(problem, reply.retry_after_s)),
        Err(_) => Err(ApiError::Busy { retry_after_s: reply.retry_after_s.unwrap_or(1) }),
    }
}

impl<T: Transport> MintApi for HttpApi<T> {
    async fn keys(&self) -> Result<KeysResponse, ApiError> {
        self.get("/api/v1/keys", None).await
    }
    async fn keyset(&self, keyset_id: &KeysetId) -> Result<KeysetInfo, ApiError> {
        self.get(&format!("/api/v1/keys/{keyset_id}"), None).await
    }
    async fn open_account(&self, request: &OpenAccountRequest) -> Result<OpenAccountResponse, ApiError> {
        self.post(ACCOUNTS, None, None, request).await
    }
    async fn account(&self, token: &AccountToken) -> Result<AccountResponse, ApiError> {
        self.get("/api/v1/account", Some(token)).await
    }
    async fn withdraw(
        &self,
        token: &AccountToken,
        key: &IdempotencyKey,
        request: &WithdrawRequest,
    ) -> Result<WithdrawResponse, ApiError> {
        self.post("/api/v1/withdraw", Some(token), Some(key), request).await
    }
    async fn swap(&self, key: &IdempotencyKey, request: &SwapRequest) -> Result<SwapResponse, ApiError> {
        self.post("/api/v1/swap", None, Some(key), request).await
    }
    async fn redeem(
        &self,
        key: &IdempotencyKey,
        request: &RedeemRequest,
    ) -> Result<RedeemResponse, ApiError> {
        self.post("/api/v1/redeem", None, Some(key), request).await
    }
    async fn payment(&self, payment_id: &PaymentId) -> Result<PaymentView, ApiError> {
        self.get(&format!("/api/v1/payments/{payment_id}"), None).await
    }
    async fn link(&self, link_id: &LinkId) -> Result<PublicLink, ApiError> {
        self.get(&format!("/api/v1/links/{link_id}"), None).await
    }
    async fn use_link(
        &self,
        link_id: &LinkId,
        request: &UseLinkRequest,
    ) -> Result<UseLinkResponse, ApiError> {
        self.post(&format!("/api/v1/links/{link_id}/payments"), None, None, request).await
    }
    async fn claim_refunds(
        &self,
        payment_id: &PaymentId,
        key: &IdempotencyKey,
        request: &ClaimRequest,
    ) -> Result<ClaimResponse, ApiError> {
        self.post(&format!("/api/v1/payments/{payment_id}/refunds/claim"), None, Some(key), request).await
    }
    async fn restore(&self, request: &RestoreRequest) -> Result<RestoreResponse, ApiError> {
        self.post("/api/v1/restore", None, None, request).await
    }
    async fn verify(&self, tokens: &[TokenInfo]) -> Result<Vec<VerifyResult>, ApiError> {
        let request = VerifyRequest { token: None, tokens: Some(tokens.to_vec()) };
        match self.post("/api/v1/verify", None, None, &request).await? {
            VerifyResponse::Many { results } if results.len() == tokens.len() => Ok(results),
            // A response of another shape contains nothing about these tokens.
            _ => Err(ApiError::Lost),
        }
    }
    async fn cancel(
        &self,
        token: Option<&AccountToken>,
        key: &IdempotencyKey,
        route: Route,
    ) -> Result<CancelResponse, ApiError> {
        self.post("/api/v1/cancel", token, Some(key), &CancelRequest { route }).await
    }
}
