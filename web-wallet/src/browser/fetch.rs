//! The transport of the web wallet: `fetch` to the mint that served this page, without cookies or cache.

use ecash_wallet::ApiError;
use ecash_wallet::api::{Call, MAX_BODY_LEN, Reply, TIMEOUT_MS, Transport};
use gloo_net::http::{Request, RequestBuilder, Response};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader, RequestCache, RequestCredentials};

/// `fetch` to this page's origin.
pub(crate) struct Fetch;

impl Transport for Fetch {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let request = match call.body {
            Some(_) => Request::post(&call.path).header("Content-Type", "application/json"),
            None => Request::get(&call.path),
        };
        // Browsers use separate connections for requests with and without credentials, even if there are no
        // cookies. This keeps account requests and anonymous requests on different connections, so that the
        // mint cannot link them.
        let credentials = match call.names_account() {
            true => RequestCredentials::SameOrigin,
            false => RequestCredentials::Omit,
        };
        let request = private(request).credentials(credentials);
        let request = with_header(request, "Authorization", call.authorization.as_ref().map(|v| v.as_str()));
        let key = call.idempotency_key.as_ref().map(|key| key.as_str());
        let request = with_header(request, "Idempotency-Key", key);
        let response = match call.body {
            Some(body) => request.body(body).map_err(|_| ApiError::Lost)?.send().await,
            None => request.send().await,
        };
        let response = response.map_err(|_| ApiError::Lost)?;
        let retry_after_s = response.headers().get("retry-after").and_then(|text| text.parse().ok());
        let body = read_bounded(&response).await.ok_or(ApiError::Lost)?;
        Ok(Reply { status: response.status(), retry_after_s, body })
    }
}

/// Disables everything that could link two visits, including the cache: an ETag, for example, works like a
/// cookie.
fn private(request: RequestBuilder) -> RequestBuilder {
    request.cache(RequestCache::NoStore).abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)))
}

fn with_header(request: RequestBuilder, name: &str, value: Option<&str>) -> RequestBuilder {
    match value {
        Some(value) => request.header(name, value),
        None => request,
    }
}

/// Reads a response body of at most [`MAX_BODY_LEN`] bytes. Reads by chunks, so that a longer body is never
/// in memory.
async fn read_bounded(response: &Response) -> Option<String> {
    let Some(stream) = response.body() else { return Some(String::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().dyn_into().ok()?;
    let mut bytes = Vec::new();
    loop {
        let read = JsFuture::from(reader.read()).await.ok()?;
        let chunk = Reflect::get(&read, &JsValue::from_str("value")).ok()?;
        if chunk.is_undefined() {
            return String::from_utf8(bytes).ok();
        }
        let chunk: Uint8Array = chunk.dyn_into().ok()?;
        if bytes.len() + usize::try_from(chunk.length()).ok()? > MAX_BODY_LEN {
            // Discard the rest of the body. Ignore errors: the response is rejected anyway.
            let _ = reader.cancel();
            return None;
        }
        bytes.extend(chunk.to_vec());
    }
}
