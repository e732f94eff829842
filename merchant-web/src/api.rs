//! Requests to the mint that served this page, with the merchant's API key.

use ecash_core::api_key::ApiKey;
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::wire::{ErrorCode, Problem};
use gloo_net::http::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::{AbortSignal, RequestCache, RequestCredentials};

/// A request that takes longer has failed.
const TIMEOUT_MS: u32 = 20_000;

/// Why a request brought no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The mint did not answer. Whether it did what was asked is unknown.
    Unreachable,
    /// The mint refused.
    Refused(Box<Problem>),
    /// The answer is not what this version of the page expects.
    NotUnderstood,
}

impl Fault {
    /// Whether the mint has decided: it will not do what was asked, so that another attempt is a new one. Any other
    /// fault leaves open whether it was done, so the same attempt is repeated with the same key.
    pub(crate) fn is_decided(&self) -> bool {
        match self {
            Self::Refused(problem) => {
                (400..500).contains(&problem.status) && problem.code != ErrorCode::RateLimited
            }
            Self::Unreachable | Self::NotUnderstood => false,
        }
    }

    /// The code of a refusal.
    pub(crate) fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(problem) => Some(problem.code),
            Self::Unreachable | Self::NotUnderstood => None,
        }
    }
}

/// Requests with one API key.
#[derive(Clone)]
pub(crate) struct Api(ApiKey);

impl Api {
    pub(crate) const fn new(key: ApiKey) -> Self {
        Self(key)
    }

    /// Reads a resource below `/api/v1`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        let request = self.request(Method::GET, path).build().map_err(|_| Fault::Unreachable)?;
        read(request.send().await.map_err(|_| Fault::Unreachable)?).await
    }

    /// Reads a file below `/api/v1`.
    pub(crate) async fn file(&self, path: &str) -> Result<Vec<u8>, Fault> {
        let request = self.request(Method::GET, path).build().map_err(|_| Fault::Unreachable)?;
        let response = request.send().await.map_err(|_| Fault::Unreachable)?;
        if !response.ok() {
            return Err(refusal(&response).await);
        }
        // A file that ends early is no file.
        response.binary().await.map_err(|_| Fault::Unreachable)
    }

    /// Sends a change. Repeating it with the same idempotency key makes it once.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        key: Option<&IdempotencyKey>,
    ) -> Result<T, Fault> {
        let mut request = self.request(method, path);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key.as_str());
        }
        let body = serde_json::to_string(body).map_err(|_| Fault::NotUnderstood)?;
        let request = request.header("Content-Type", "application/json").body(body);
        let request = request.map_err(|_| Fault::NotUnderstood)?;
        read(request.send().await.map_err(|_| Fault::Unreachable)?).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        RequestBuilder::new(&format!("/api/v1{path}"))
            .method(method)
            .header("Authorization", &format!("Bearer {}", self.0.as_str()))
            .credentials(RequestCredentials::Omit)
            .cache(RequestCache::NoStore)
            .abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)))
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Fault> {
    if !response.ok() {
        return Err(refusal(&response).await);
    }
    let text = response.text().await.map_err(|_| Fault::Unreachable)?;
    // An answer without content is `null`.
    let text = if text.is_empty() { "null" } else { &text };
    serde_json::from_str(text).map_err(|_| Fault::NotUnderstood)
}

async fn refusal(response: &Response) -> Fault {
    match response.text().await {
        Ok(text) => serde_json::from_str(&text)
            .map_or(Fault::Unreachable, |problem| Fault::Refused(Box::new(problem))),
        Err(_) => Fault::Unreachable,
    }
}

/// Draws an idempotency key. Keep it for every repeat of one change.
pub(crate) fn new_idempotency_key() -> Option<IdempotencyKey> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(IdempotencyKey::from_random(&bytes))
}
