//! `POST /api/v1/restore`.

use super::body::JsonBody;
use super::slots::CostlyRequest;
use super::{ApiError, AppState};
use axum::Json;
use axum::extract::State;
use ecash_core::wire::{Problem, RestoreRequest, RestoreResponse};

/// Looking up an output costs less than verifying a token, and is charged accordingly.
const LOOKUPS_PER_VERIFICATION: usize = 8;

/// Returns blind signatures that were issued before, to a client that can name the outputs.
#[utoipa::path(post, path = "/api/v1/restore", request_body = RestoreRequest, responses(
    (status = 200, body = RestoreResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 422, description = "`too_many_items`", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem),
    (status = 503, description = "`overloaded`, `unavailable`", body = Problem)))]
pub(super) async fn restore(
    State(state): State<AppState>,
    CostlyRequest { client, slot: _slot }: CostlyRequest,
    body: JsonBody<RestoreRequest>,
) -> Result<Json<RestoreResponse>, ApiError> {
    state.verifications.take_at_most(&client, body.value.outputs.len().div_ceil(LOOKUPS_PER_VERIFICATION))?;
    Ok(Json(state.mint.restore(body.value.outputs).await?))
}
