//! A transport that calls the mint's real routes without sockets.

use crate::raw::RawClient;
use axum::http::Method;
use ecash_wallet::ApiError;
use ecash_wallet::api::{Call, Reply, Transport};

/// A transport that calls a mint in this process.
#[derive(Clone)]
pub struct InProcess(pub(crate) RawClient);

impl Transport for InProcess {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(call.authorization.iter().map(|value| ("authorization", value.as_str())));
        headers.extend(call.idempotency_key.iter().map(|key| ("idempotency-key", key.as_str())));
        let method = if call.body.is_some() { Method::POST } else { Method::GET };
        let body = call.body.unwrap_or_default().into_bytes();
        let response = self.0.send(method, &call.path, &headers, body).await;
        let body = response.body.to_string();
        Ok(Reply { status: response.status, retry_after_s: response.retry_after_s, body })
    }
}
