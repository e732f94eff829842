//! The mint that served this page, by `fetch`: no cookies, no cache.

use ecash_wallet::ApiError;
use ecash_wallet::api::{Call, Reply, Transport};
use gloo_net::http::{Request, RequestBuilder};
use web_sys::{AbortSignal, RequestCache, RequestCredentials};

const TIMEOUT_MS: u32 = 20_000;

/// `fetch` to this page's origin.
pub(crate) struct Fetch;

impl Transport for Fetch {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let request = match call.body {
            Some(_) => Request::post(&call.path).header("Content-Type", "application/json"),
            None => Request::get(&call.path),
        };
        let request =
            with_header(private(request), "Authorization", call.authorization.as_ref().map(|v| v.as_str()));
        let key = call.idempotency_key.as_ref().map(|key| key.as_str());
        let request = with_header(request, "Idempotency-Key", key);
        let response = match call.body {
            Some(body) => request.body(body).map_err(|_| ApiError::Lost)?.send().await,
            None => request.send().await,
        };
        let response = response.map_err(|_| ApiError::Lost)?;
        let retry_after_s = response.headers().get("retry-after").and_then(|text| text.parse().ok());
        let body = response.text().await.map_err(|_| ApiError::Lost)?;
        Ok(Reply { status: response.status(), retry_after_s, body })
    }
}

/// Nothing that could tell one visit from another: an ETag is a cookie.
fn private(request: RequestBuilder) -> RequestBuilder {
    request
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)))
}

fn with_header(request: RequestBuilder, name: &str, value: Option<&str>) -> RequestBuilder {
    match value {
        Some(value) => request.header(name, value),
        None => request,
    }
}
