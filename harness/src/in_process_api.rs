//! The mint's API over its real routes, without sockets.

use crate::raw::{Answer, RawClient};
use ecash_core::KeysetId;
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::seed::AccountToken;
use ecash_core::wire::{
    AccountResponse, CancelRequest, CancelResponse, KeysResponse, KeysetInfo, OpenAccountRequest,
    OpenAccountResponse, RedeemRequest, RedeemResponse, RestoreRequest, RestoreResponse, SwapRequest,
    SwapResponse, WithdrawRequest, WithdrawResponse,
};
use ecash_wallet::{ApiError, MintApi};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A mint's API.
#[derive(Clone)]
pub struct InProcessApi(RawClient);

impl InProcessApi {
    pub(crate) const fn new(client: RawClient) -> Self {
        Self(client)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&AccountToken>,
    ) -> Result<T, ApiError> {
        let bearer = token.map(AccountToken::to_bearer);
        parse(self.0.get(path, bearer.as_ref().map(|bearer| bearer.as_str())).await)
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&AccountToken>,
        key: Option<&IdempotencyKey>,
        body: &impl Serialize,
    ) -> Result<T, ApiError> {
        let bearer = token.map(AccountToken::to_bearer);
        let bearer = bearer.as_ref().map(|bearer| bearer.as_str());
        let body = serde_json::to_value(body).expect("wire types are JSON");
        parse(self.0.post(path, bearer, key.map(IdempotencyKey::as_str), &body).await)
    }
}

fn parse<T: DeserializeOwned>(answer: Answer) -> Result<T, ApiError> {
    if answer.status == 200 {
        return Ok(serde_json::from_value(answer.body).expect("the answer is of its wire type"));
    }
    let problem = serde_json::from_value(answer.body).expect("an error is a problem document");
    Err(ApiError::from_problem(problem, answer.retry_after_s))
}

impl MintApi for InProcessApi {
    async fn keys(&self) -> Result<KeysResponse, ApiError> {
        self.get("/api/v1/keys", None).await
    }
    async fn keyset(&self, keyset_id: &KeysetId) -> Result<KeysetInfo, ApiError> {
        self.get(&format!("/api/v1/keys/{keyset_id}"), None).await
    }
    async fn open_account(&self, request: &OpenAccountRequest) -> Result<OpenAccountResponse, ApiError> {
        self.post("/api/v1/accounts", None, None, request).await
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
    async fn restore(&self, request: &RestoreRequest) -> Result<RestoreResponse, ApiError> {
        self.post("/api/v1/restore", None, None, request).await
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
