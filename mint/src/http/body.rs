//! Extracts JSON bodies and names the path of an invalid field. Requests that move money are also digested,
//! to distinguish a repeat from a different request with the same idempotency key.

use super::ApiError;
use super::strict_json::{self, Strict};
use axum::RequestExt as _;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use bytes::BytesMut;
use ecash_core::idempotency::request_digest;
use ecash_core::wire::{ErrorCode, MAX_BODY_LEN};
use futures_util::StreamExt as _;
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::error::Error;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a client may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum number of bytes of unfinished bodies that the process buffers.
const MAX_BUFFERED: usize = 256 << 20;

/// Has a permit for each byte that may still be buffered.
static BUFFERED: Semaphore = Semaphore::const_new(MAX_BUFFERED);

/// A JSON body.
pub(super) struct JsonBody<T> {
    pub(super) value: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        Ok(Self { value: parse(&json_bytes(request).await?)? })
    }
}

/// A JSON body and the SHA-256 of its RFC 8785 form, unknown fields included.
pub(super) struct MoneyBody<T> {
    pub(super) value: T,
    pub(super) digest: [u8; 32],
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for MoneyBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        parse_money(&json_bytes(request).await?)
    }
}

async fn json_bytes(request: Request) -> Result<Bytes, ApiError> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(ApiError::malformed("send Content-Type: application/json"));
    }
    // Reject a body that is announced as too large before it arrives.
    if request.body().size_hint().lower() > MAX_BODY_LEN as u64 {
        return Err(ApiError::new(ErrorCode::BodyTooLarge));
    }
    let receiving = receive(request.with_limited_body().into_body());
    tokio::time::timeout(BODY_TIMEOUT, receiving)
        .await
        .map_err(|_| ApiError::new(ErrorCode::RequestTimeout))?
}

/// Collects a body, and charges its bytes to [`BUFFERED`] meanwhile.
async fn receive(body: Body) -> Result<Bytes, ApiError> {
    let (mut chunks, mut bytes) = (body.into_data_stream(), BytesMut::new());
    let mut buffered: Option<SemaphorePermit<'_>> = None;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| unreadable(&error))?;
        let len = u32::try_from(chunk.len()).map_err(|_| ApiError::new(ErrorCode::BodyTooLarge))?;
        let more = BUFFERED.try_acquire_many(len).map_err(|_| ApiError::new(ErrorCode::Overloaded))?;
        match &mut buffered {
            Some(buffered) => buffered.merge(more),
            None => buffered = Some(more),
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn unreadable(error: &axum::Error) -> ApiError {
    let mut causes = std::iter::successors(Some(error as &dyn Error), |error| (*error).source());
    if causes.any(|error| error.is::<LengthLimitError>()) {
        ApiError::new(ErrorCode::BodyTooLarge)
    } else {
        ApiError::malformed("the body could not be read")
    }
}

fn not_json(error: &serde_json::Error) -> ApiError {
    if error.is_data() {
        return ApiError::malformed(error.to_string());
    }
    ApiError::malformed(format!("the body is not JSON: {error}"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    typed(strict_json::read(bytes).map_err(|error| not_json(&error))?)
}

fn parse_money<T: DeserializeOwned>(bytes: &[u8]) -> Result<MoneyBody<T>, ApiError> {
    let json = strict_json::read(bytes).map_err(|error| not_json(&error))?;
    let digest = request_digest(&json).map_err(|_| ApiError::malformed("a number is out of range"))?;
    Ok(MoneyBody { value: typed(json)?, digest })
}

fn typed<T: DeserializeOwned>(json: serde_json::Value) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(Strict(json))
        .map_err(|error| ApiError::malformed(error.inner().to_string()).in_field(error.path().to_string()))
}

/// Returns the digest of a request whose path names its subject: the same body with another path is another
/// request.
pub(super) fn digest_with(digest: [u8; 32], path: &str) -> [u8; 32] {
    Sha256::new_with_prefix(digest).chain_update(path).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse as _;
    use ecash_core::wire::{SwapRequest, WithdrawRequest};

    /// Returns the error of `parse_money`, after checking that `parse` names the same field.
    fn field<T: DeserializeOwned>(json: &str) -> String {
        let money = parse_money::<T>(json.as_bytes()).err().unwrap();
        let plain = parse::<T>(json.as_bytes()).err().unwrap();
        let text = format!("{money:?}");
        let named = |text: &str| text.split_once("field: Some").map(|(_, field)| field.to_owned());
        if let Some(field) = named(&text) {
            assert_eq!(named(&format!("{plain:?}")), Some(field));
        }
        assert_eq!(money.into_response().status(), 400);
        assert_eq!(plain.into_response().status(), 400);
        text
    }

    #[test]
    fn invalid_fields_are_named_by_their_path() {
        assert!(field::<WithdrawRequest>(r#"{"amount":-1}"#).contains("Some(\"amount\")"));
        let outputs = r#"{"amount":1,"outputs":[{"key_id":"AA","blinded_token":""}]}"#;
        assert!(field::<WithdrawRequest>(outputs).contains("Some(\"outputs[0].key_id\")"));
        assert!(field::<SwapRequest>(r#"{"tokens":7,"outputs":[]}"#).contains("Some(\"tokens\")"));
        field::<WithdrawRequest>("{");
        field::<WithdrawRequest>(r#"{"amount":1} more"#);
        field::<WithdrawRequest>(&"[".repeat(1000));
    }

    #[test]
    fn unknown_fields_are_ignored_but_count_in_the_digest() {
        let plain = parse_money::<WithdrawRequest>(br#"{"amount":1}"#).ok().unwrap();
        let more = parse_money::<WithdrawRequest>(br#"{"amount":1,"later":true}"#).ok().unwrap();
        assert_eq!(plain.value, more.value);
        assert_ne!(plain.digest, more.digest);
    }
}
