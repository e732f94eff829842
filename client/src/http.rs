//! The transport of the SDK: HTTP without cookies, redirects or caches. The wallet engine decides about
//! retries.

use ecash_core::Origin;
use ecash_wallet::ApiError;
use ecash_wallet::api::{Call, MAX_BODY_LEN, Reply, TIMEOUT_MS, Transport};
use reqwest::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_millis(TIMEOUT_MS as u64);

/// The transport to one mint. Requests that name the account use a separate pool of connections and share no
/// TLS session with the others. Otherwise the mint could link anonymous payments to the account by their
/// connection.
#[derive(Debug, Clone)]
pub struct Http {
    of_account: reqwest::Client,
    anonymous: reqwest::Client,
    origin: Origin,
}

impl Http {
    pub(crate) fn new(origin: Origin) -> Result<Self, reqwest::Error> {
        Ok(Self { of_account: client()?, anonymous: client()?, origin })
    }
}

fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        // The wallet is bound to the mint's origin, so a redirect is an error.
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

impl Transport for Http {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let url = format!("{}{}", self.origin, call.path);
        let client = if call.names_account() { &self.of_account } else { &self.anonymous };
        let mut request = match call.body {
            Some(body) => client.post(url).header(CONTENT_TYPE, "application/json").body(body),
            None => client.get(url).header(CACHE_CONTROL, "no-store"),
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
        Ok(Reply { status, retry_after_s, body: read_bounded(response).await? })
    }
}

/// Reads a response body of at most [`MAX_BODY_LEN`] bytes.
async fn read_bounded(mut response: reqwest::Response) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| ApiError::Lost)? {
        if bytes.len() + chunk.len() > MAX_BODY_LEN {
            return Err(ApiError::Lost);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| ApiError::Lost)
}
