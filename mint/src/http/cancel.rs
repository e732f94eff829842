//! `POST /api/v1/cancel`.

use super::ApiError;
use super::body::JsonBody;
use super::credentials::{MaybeBearer, MaybeKey};
use super::problem::detached;
use crate::service::Mint;
use axum::Json;
use axum::extract::State;
use ecash_core::idempotency::Route;
use ecash_core::wire::{CancelRequest, CancelResponse, ErrorCode, Problem};
use std::sync::Arc;

/// Makes sure that an operation never commits, or returns its response if it has.
#[utoipa::path(post, path = "/api/v1/cancel", request_body = CancelRequest,
    params(("Idempotency-Key" = String, Header, description = "that of the original")),
    security((), ("account_token" = [])), responses(
    (status = 200, body = CancelResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`", body = Problem)))]
pub(super) async fn cancel(
    State(mint): State<Arc<Mint>>,
    MaybeBearer(token): MaybeBearer,
    MaybeKey(key): MaybeKey,
    body: JsonBody<CancelRequest>,
) -> Result<Json<CancelResponse>, ApiError> {
    let key = key.ok_or(ApiError::malformed("send the original's Idempotency-Key"))?;
    let route = body.value.route;
    let principal = match (route, token) {
        (Route::Withdraw, Some(token)) => Some(mint.authenticate(&token).await?.account_id),
        (Route::Withdraw, None) => return Err(ApiError::new(ErrorCode::Unauthorized)),
        (Route::Swap | Route::Redeem | Route::RefundClaim, _) => None,
    };
    detached(async move { mint.cancel(route, principal.as_ref(), &key).await }).await.map(Json)
}
