//! Extracts account tokens and idempotency keys, from headers only.

use super::ApiError;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::seed::AccountToken;
use ecash_core::wire::ErrorCode;

/// `Authorization: Bearer <account token>`; its absence is an error.
pub(super) struct Bearer(pub(super) AccountToken);

/// `Authorization: Bearer <account token>`, if there is one; a malformed one is an error.
pub(super) struct MaybeBearer(pub(super) Option<AccountToken>);

/// `Idempotency-Key`, if there is one; a malformed one is an error.
pub(super) struct MaybeKey(pub(super) Option<IdempotencyKey>);

fn bearer(parts: &Parts) -> Result<Option<AccountToken>, ApiError> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token =
        value.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).and_then(AccountToken::parse);
    token.map(Some).ok_or(ApiError::new(ErrorCode::Unauthorized))
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        bearer(parts)?.map(Self).ok_or(ApiError::new(ErrorCode::Unauthorized))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeBearer {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        bearer(parts).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeKey {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let key = value.to_str().ok().and_then(|text| IdempotencyKey::parse(text).ok());
        key.map(|key| Self(Some(key)))
            .ok_or_else(|| ApiError::malformed("Idempotency-Key must have 22 to 64 characters of base64url"))
    }
}
