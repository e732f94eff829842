//! The mint over HTTP: no cookies, no proxies' caches, bounded time, bounded retries.

use ecash_core::Origin;
use ecash_wallet::ApiError;
use ecash_wallet::api::{Call, Reply, Transport};
use reqwest::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);
/// An answer is at most this long: 500 signatures are a third of it.
const MAX_ANSWER_LEN: usize = 1 << 20;
/// Attempts of a request that moves no money; those that do are repeated by the wallet's plans.
const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// A mint's address and a pool of connections to it.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    origin: Origin,
}

impl Http {
    pub(crate) fn new(origin: Origin) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // A mint is where it says; being sent elsewhere is an error.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client, origin })
    }

    async fn attempt(&self, call: &Call) -> Result<Reply, ApiError> {
        let url = format!("{}{}", self.origin, call.path);
        let mut request = match &call.body {
            Some(body) => self.client.post(url).header(CONTENT_TYPE, "application/json").body(body.clone()),
            None => self.client.get(url).header(CACHE_CONTROL, "no-store"),
        };
        if let Some(authorization) = &call.authorization {
            request = request.header(AUTHORIZATION, authorization.as_str());
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key.as_str());
        }
        let response = request.send().await.map_err(|_| ApiError::Lost)?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after_s = retry_after.and_then(|text| text.parse().ok());
        Ok(Reply { status, retry_after_s, body: whole(response).await? })
    }
}

/// Reads an answer, but not one without end.
async fn whole(mut response: reqwest::Response) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| ApiError::Lost)? {
        if bytes.len() + chunk.len() > MAX_ANSWER_LEN {
            return Err(ApiError::Lost);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| ApiError::Lost)
}

impl Transport for Http {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let attempts = if call.idempotency_key.is_some() { 1 } else { ATTEMPTS };
        let mut pause = FIRST_PAUSE;
        for _ in 1..attempts {
            match self.attempt(&call).await {
                Ok(reply) if !matches!(reply.status, 502..=504) => return Ok(reply),
                _ => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
        self.attempt(&call).await
    }
}
