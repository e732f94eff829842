//! Requests to the mint that served this page, with the merchant's API key.

use ecash_core::api_key::ApiKey;
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::wire::{ErrorCode, Problem, Verdict};
use gloo_net::http::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::{AbortSignal, RequestCache, RequestCredentials};

/// Timeout of a request.
const TIMEOUT_MS: u32 = 20_000;

/// Errors of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The mint did not respond. Whether it executed the request is unknown.
    Unreachable,
    /// The mint refused the request.
    Refused(Box<Problem>),
    /// The response cannot be parsed by this version of the page.
    NotUnderstood,
}

impl Fault {
    /// Whether the mint has rejected the request for good, so that the next attempt gets a new idempotency key.
    /// After any other fault the same attempt is retried with the same key, because it may have been executed.
    pub(crate) fn is_decided(&self) -> bool {
        match self {
            Self::Refused(problem) => problem.verdict() == Verdict::Rejected,
            Self::Unreachable | Self::NotUnderstood => false,
        }
    }

    /// The error code of a refusal.
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
        // Reject a file that ends early.
        response.binary().await.map_err(|_| Fault::Unreachable)
    }

    /// Sends a change. Retries with the same idempotency key execute it once.
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
    // Parse an empty body as `null`.
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

/// Generates an idempotency key. Retries of one change must use the same key.
pub(crate) fn new_idempotency_key() -> Option<IdempotencyKey> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(IdempotencyKey::from_random(&bytes))
}
