//! A transport that loses requests and responses, by a seed.

use crate::Seeded;
use ecash_core::KeysetId;
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::seed::AccountToken;
use ecash_core::wire::{
    AccountResponse, CancelResponse, KeysResponse, KeysetInfo, OpenAccountRequest, OpenAccountResponse,
    RedeemRequest, RedeemResponse, RestoreRequest, RestoreResponse, SwapRequest, SwapResponse,
    WithdrawRequest, WithdrawResponse,
};
use ecash_wallet::{ApiError, MintApi};

/// How much is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Requests lost before the mint sees them, of 100.
    pub requests_percent: u64,
    /// Responses lost after the mint acted, of 100.
    pub responses_percent: u64,
}

/// A transport that loses.
#[derive(Clone)]
pub struct LossyApi<A> {
    inner: A,
    random: Seeded,
    loss: Loss,
}

impl<A: MintApi> LossyApi<A> {
    /// Loses as `random` says.
    pub const fn new(inner: A, random: Seeded, loss: Loss) -> Self {
        Self { inner, random, loss }
    }

    async fn through<T>(&self, call: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
        // Both dice are thrown every time, so that a change of one does not shift the other.
        let request_lost = self.random.below(100) < self.loss.requests_percent;
        let response_lost = self.random.below(100) < self.loss.responses_percent;
        if request_lost {
            return Err(ApiError::Lost);
        }
        let answer = call.await;
        if response_lost { Err(ApiError::Lost) } else { answer }
    }
}

impl<A: MintApi> MintApi for LossyApi<A> {
    async fn keys(&self) -> Result<KeysResponse, ApiError> {
        self.through(self.inner.keys()).await
    }
    async fn keyset(&self, keyset_id: &KeysetId) -> Result<KeysetInfo, ApiError> {
        self.through(self.inner.keyset(keyset_id)).await
    }
    async fn open_account(&self, request: &OpenAccountRequest) -> Result<OpenAccountResponse, ApiError> {
        self.through(self.inner.open_account(request)).await
    }
    async fn account(&self, token: &AccountToken) -> Result<AccountResponse, ApiError> {
        self.through(self.inner.account(token)).await
    }
    async fn withdraw(
        &self,
        token: &AccountToken,
        key: &IdempotencyKey,
        request: &WithdrawRequest,
    ) -> Result<WithdrawResponse, ApiError> {
        self.through(self.inner.withdraw(token, key, request)).await
    }
    async fn swap(&self, key: &IdempotencyKey, request: &SwapRequest) -> Result<SwapResponse, ApiError> {
        self.through(self.inner.swap(key, request)).await
    }
    async fn redeem(
        &self,
        key: &IdempotencyKey,
        request: &RedeemRequest,
    ) -> Result<RedeemResponse, ApiError> {
        self.through(self.inner.redeem(key, request)).await
    }
    async fn restore(&self, request: &RestoreRequest) -> Result<RestoreResponse, ApiError> {
        self.through(self.inner.restore(request)).await
    }
    async fn cancel(
        &self,
        token: Option<&AccountToken>,
        key: &IdempotencyKey,
        route: Route,
    ) -> Result<CancelResponse, ApiError> {
        self.through(self.inner.cancel(token, key, route)).await
    }
}
