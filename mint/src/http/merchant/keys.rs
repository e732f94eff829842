//! `/api/v1/merchant/keys`

use crate::http::ApiError;
use crate::http::body::JsonBody;
use crate::http::problem::detached;
use crate::service::{Caller, Mint, NewApiKey};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ecash_core::wire::{
    ApiKeyList, ApiKeyResponse, ApiKeyView, CreateApiKeyRequest, Problem, RotateApiKeyRequest,
};
use std::sync::Arc;

/// Creates an API key. An API key can create only keys within its own scopes and lifetime, and never with the
/// scopes `keys` or `payouts`.
#[utoipa::path(post, path = "/api/v1/merchant/keys", request_body = CreateApiKeyRequest,
    security(("account_token" = []), ("api_key" = ["keys"])), responses(
    (status = 201, body = ApiKeyResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 422, description = "`too_many_entries`", body = Problem)))]
pub(super) async fn create(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    body: JsonBody<CreateApiKeyRequest>,
) -> Result<(StatusCode, Json<ApiKeyResponse>), ApiError> {
    let CreateApiKeyRequest { name, scopes, expires_in } = body.value;
    let wanted = NewApiKey { name, scopes, expires_in_s: expires_in };
    let created = detached(async move { mint.create_api_key(&caller, wanted).await }).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Returns all API keys without their secrets, the newest first, including those that expired or were revoked
/// within 90 days.
#[utoipa::path(get, path = "/api/v1/merchant/keys", security(("account_token" = []), ("api_key" = ["keys"])), responses(
    (status = 200, body = ApiKeyList),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem)))]
pub(super) async fn list(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
) -> Result<Json<ApiKeyList>, ApiError> {
    Ok(Json(mint.api_keys(&caller).await?))
}

/// Replaces an API key by one with the same name, scopes and expiry. The old one stays valid for another
/// `overlap` seconds.
#[utoipa::path(post, path = "/api/v1/merchant/keys/{key_id}/rotate", request_body = RotateApiKeyRequest,
    security(("account_token" = []), ("api_key" = ["keys"])), responses(
    (status = 201, body = ApiKeyResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`api_key_unknown`", body = Problem)))]
pub(super) async fn rotate(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(key_id): Path<String>,
    body: JsonBody<RotateApiKeyRequest>,
) -> Result<(StatusCode, Json<ApiKeyResponse>), ApiError> {
    let overlap_s = body.value.overlap;
    let created = detached(async move { mint.rotate_api_key(&caller, &key_id, overlap_s).await }).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Revokes an API key at once. Repeating it changes nothing.
#[utoipa::path(delete, path = "/api/v1/merchant/keys/{key_id}",
    security(("account_token" = []), ("api_key" = ["keys"])), responses(
    (status = 200, body = ApiKeyView),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`api_key_unknown`", body = Problem)))]
pub(super) async fn revoke(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(key_id): Path<String>,
) -> Result<Json<ApiKeyView>, ApiError> {
    detached(async move { mint.revoke_api_key(&caller, &key_id).await }).await.map(Json)
}
