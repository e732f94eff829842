//! The mint's API by `fetch`: no cookies, no cache, the account token only where it belongs.

use ecash_core::KeysetId;
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::seed::AccountToken;
use ecash_core::wire::{
    AccountResponse, CancelRequest, CancelResponse, KeysResponse, KeysetInfo, OpenAccountRequest,
    OpenAccountResponse, Problem, RedeemRequest, RedeemResponse, RestoreRequest, RestoreResponse,
    SwapRequest, SwapResponse, WithdrawRequest, WithdrawResponse,
};
use ecash_wallet::{ApiError, MintApi};
use gloo_net::http::{Request, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::{AbortSignal, RequestCache, RequestCredentials, RequestMode};

const TIMEOUT_MS: u32 = 20_000;

/// The mint that served this page.
#[derive(Clone)]
pub(crate) struct HttpApi;

impl HttpApi {
    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&AccountToken>,
    ) -> Result<T, ApiError> {
        let request = with_credentials(private(Request::get(path)), token, None);
        answer(request.send().await).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&AccountToken>,
        key: Option<&IdempotencyKey>,
        body: &impl Serialize,
    ) -> Result<T, ApiError> {
        let request = with_credentials(private(Request::post(path)), token, key);
        let request = request.json(body).map_err(|_| ApiError::Lost)?;
        answer(request.send().await).await
    }
}

/// Nothing that could tell one visit from another: an ETag is a cookie.
fn private(request: RequestBuilder) -> RequestBuilder {
    request
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .mode(RequestMode::Cors)
        .abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)))
}

fn with_credentials(
    request: RequestBuilder,
    token: Option<&AccountToken>,
    key: Option<&IdempotencyKey>,
) -> RequestBuilder {
    let request = match token {
        Some(token) => request.header("Authorization", &format!("Bearer {}", token.to_bearer().as_str())),
        None => request,
    };
    match key {
        Some(key) => request.header("Idempotency-Key", key.as_str()),
        None => request,
    }
}

/// Whatever is not a whole answer of the mint counts as lost.
async fn answer<T: DeserializeOwned>(response: Result<Response, gloo_net::Error>) -> Result<T, ApiError> {
    let response = response.map_err(|_| ApiError::Lost)?;
    if response.ok() {
        return response.json().await.map_err(|_| ApiError::Lost);
    }
    let retry_after_s = response.headers().get("retry-after").and_then(|text| text.parse().ok());
    match response.json::<Problem>().await {
        Ok(problem) => Err(ApiError::from_problem(problem, retry_after_s)),
        Err(_) => Err(ApiError::Busy { retry_after_s: retry_after_s.unwrap_or(1) }),
    }
}

impl MintApi for HttpApi {
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
