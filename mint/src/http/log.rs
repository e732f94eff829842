//! Logs one line per request: method, matched path, status, milliseconds, error code and a random id. Never
//! an address, a query, a header or a body.

use super::problem::ResponseCode;
use crate::service::Mint;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use ecash_core::base64url;
use std::sync::Arc;
use std::time::Instant;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) async fn requests(State(mint): State<Arc<Mint>>, request: Request, next: Next) -> Response {
    let mut id = [0; 9];
    // If no random bytes are available, the line has no id.
    let id = getrandom::fill(&mut id).map(|()| base64url::encode(&id)).unwrap_or_default();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map_or("(files)", |path| path.as_str()).to_owned();
    let started = Instant::now();
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    let code = response.extensions().get::<ResponseCode>().map(|code| code.0.as_str());
    mint.meters().request(method.as_str(), &path, status, started.elapsed());
    let latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(request_id = id, %method, path, status, latency_ms, code, "request");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
