//! `POST /api/v1/cancel`.

use super::body::JsonBody;
use super::credentials::{MaybeBearer, MaybeKey};
use super::problem::detached_at;
use super::slots::CostlyRequest;
use super::{ApiError, AppState};
use axum::Json;
use axum::extract::State;
use ecash_core::idempotency::Route;
use ecash_core::wire::{CancelRequest, CancelResponse, ErrorCode, Problem};

/// Makes sure that an operation never commits, or returns its response if it has.
#[utoipa::path(post, path = "/api/v1/cancel", request_body = CancelRequest,
    params(("Idempotency-Key" = String, Header, description = "the key of the original request")),
    security((), ("account_token" = [])), responses(
    (status = 200, body = CancelResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem),
    (status = 503, description = "`overloaded`, `unavailable`", body = Problem)))]
pub(super) async fn cancel(
    State(state): State<AppState>,
    CostlyRequest { client, slot }: CostlyRequest,
    MaybeBearer(token): MaybeBearer,
    MaybeKey(key): MaybeKey,
    body: JsonBody<CancelRequest>,
) -> Result<Json<CancelResponse>, ApiError> {
    let mint = state.mint;
    let key = key.ok_or(ApiError::malformed("send the Idempotency-Key of the original request"))?;
    let route = body.value.route;
    let principal = match (route, token) {
        (Route::Withdraw, Some(token)) => Some(mint.authenticate(&token).await?.account_id),
        (Route::Withdraw, None) => return Err(ApiError::new(ErrorCode::Unauthorized)),
        (Route::Swap | Route::Redeem | Route::RefundClaim, _) => None,
    };
    // Limited per client, because each cancelled key is stored until its keyset ends.
    state.cancels.take(&client, 1)?;
    detached_at(slot, async move { mint.cancel(route, principal.as_ref(), &key).await }).await.map(Json)
}
