//! The API over HTTP, once for all transports: paths, headers and what an answer means.

use super::{ApiError, MintApi};
use ecash_core::KeysetId;
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::seed::AccountToken;
use ecash_core::wire::{
    AccountResponse, CancelRequest, CancelResponse, KeysResponse, KeysetInfo, OpenAccountRequest,
    OpenAccountResponse, Problem, RedeemRequest, RedeemResponse, RestoreRequest, RestoreResponse,
    SwapRequest, SwapResponse, WithdrawRequest, WithdrawResponse,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// A request to a mint.
#[derive(Clone)]
pub struct Call {
    /// The path, from `/`.
    pub path: String,
    /// `Authorization`, if the request names an account.
    pub authorization: Option<Zeroizing<String>>,
    /// `Idempotency-Key`, if the request moves money.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The JSON body; none: a GET.
    pub body: Option<String>,
}

/// A whole answer.
#[derive(Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after_s: Option<u32>,
    /// The body.
    pub body: String,
}

/// Carries requests: no cookies, no cache, a time-out.
pub trait Transport {
    /// Sends and waits for the whole answer.
    ///
    /// # Errors
    /// [`ApiError::Lost`] for anything but a whole answer.
    fn call(&self, call: Call) -> impl Future<Output = Result<Reply, ApiError>>;
}

/// A mint's API over a transport.
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
        understand(&self.0.call(call).await?)
    }

    async fn post<R: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&AccountToken>,
        key: Option<&IdempotencyKey>,
        body: &impl Serialize,
    ) -> Result<R, ApiError> {
        // Wire types always have a JSON form; a request that cannot be written was never sent.
        let body = serde_json::to_string(body).map_err(|_| ApiError::Lost)?;
        let call = Call {
            path: path.to_owned(),
            authorization: token.map(bearer),
            idempotency_key: key.cloned(),
            body: Some(body),
        };
        understand(&self.0.call(call).await?)
    }
}

fn bearer(token: &AccountToken) -> Zeroizing<String> {
    Zeroizing::new(format!("Bearer {}", token.to_bearer().as_str()))
}

/// Whatever is neither an answer nor a problem document, a proxy's page for example, says nothing:
/// busy if it is an error, else lost.
fn understand<R: DeserializeOwned>(reply: &Reply) -> Result<R, ApiError> {
    if reply.status == 200 {
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
