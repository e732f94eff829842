//! Requests to the mint, with retries.

use crate::Error;
use ecash_core::api_key::ApiKey;
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::wire::{Problem, Verdict};
use reqwest::header::RETRY_AFTER;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The maximum number of attempts of a request.
const ATTEMPTS: u32 = 5;
/// The pause after the first attempt. Each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const TIMEOUT: Duration = Duration::from_secs(15);
/// The longest `Retry-After` that is honoured.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// The longest accepted response body, in bytes.
const MAX_BODY_LEN: usize = 8 << 20;

/// A connection to a mint with an API key.
#[derive(Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
    origin: String,
    key: ApiKey,
}

/// A request to the mint.
pub(crate) struct Call<'a, B> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) body: Option<&'a B>,
    pub(crate) key: Option<&'a IdempotencyKey>,
}

/// Errors of one attempt. [`Passing`](Self::Passing) is retried, after the pause that the mint asked for.
enum Attempt {
    Final(Error),
    Passing(Error, Option<Duration>),
}

impl Http {
    pub(crate) fn new(origin: String, key: ApiKey) -> Result<Self, Error> {
        let client = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        let client = client.build().map_err(|_| Error::Misconfigured("the HTTP client cannot be created"))?;
        Ok(Self { client, origin, key })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.send(&Call::<()> { method: Method::GET, path, body: None, key: None }).await
    }

    /// Sends a request, with retries. The request must be idempotent: a read, one with an idempotency key, or
    /// a cancel.
    pub(crate) async fn send<T: DeserializeOwned, B: Serialize>(
        &self,
        call: &Call<'_, B>,
    ) -> Result<T, Error> {
        // Invariant: `pause` is the shortest pause after this attempt. The mint may ask for a longer one.
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            match self.once(call).await {
                Ok(response) => return Ok(response),
                Err(Attempt::Final(error)) => return Err(error),
                Err(Attempt::Passing(error, _)) if attempt == ATTEMPTS => return Err(error),
                Err(Attempt::Passing(_, wanted)) => {
                    tokio::time::sleep(wanted.unwrap_or_default().clamp(pause, MAX_PAUSE)).await;
                    pause *= 2;
                }
            }
        }
        Err(Error::Unreachable)
    }

    async fn once<T: DeserializeOwned, B: Serialize>(&self, call: &Call<'_, B>) -> Result<T, Attempt> {
        let lost = |_| Attempt::Passing(Error::Unreachable, None);
        let url = format!("{}/api/v1{}", self.origin, call.path);
        let mut request = self.client.request(call.method.clone(), url).bearer_auth(self.key.as_str());
        if let Some(key) = call.key {
            request = request.header("Idempotency-Key", key.as_str());
        }
        if let Some(body) = call.body {
            let body = serde_json::to_vec(body).map_err(|_| Attempt::Final(Error::NotUnderstood))?;
            request = request.header("Content-Type", "application/json").body(body);
        }
        let mut response = request.send().await.map_err(lost)?;
        let status = response.status();
        let wanted = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > MAX_BODY_LEN {
                return Err(Attempt::Final(Error::NotUnderstood));
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            let body = if body.is_empty() { b"null" } else { body.as_slice() };
            return serde_json::from_slice(body).map_err(|_| Attempt::Final(Error::NotUnderstood));
        }
        let wanted = wanted.map(Duration::from_secs);
        Err(match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) if problem.verdict() == Verdict::Rejected => {
                Attempt::Final(Error::Refused(Box::new(problem)))
            }
            Ok(problem) => Attempt::Passing(Error::Failed(Box::new(problem)), wanted),
            // A proxy's error page.
            Err(_) if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                Attempt::Passing(Error::Unreachable, wanted)
            }
            Err(_) => Attempt::Final(Error::Unreachable),
        })
    }
}
