//! `POST /api/v1/restore`.

use super::ApiError;
use super::body::JsonBody;
use crate::service::Mint;
use axum::Json;
use axum::extract::State;
use ecash_core::wire::{Problem, RestoreRequest, RestoreResponse};
use std::sync::Arc;

/// Returns blind signatures that were issued before, to a client that can name the outputs.
#[utoipa::path(post, path = "/api/v1/restore", request_body = RestoreRequest, responses(
    (status = 200, body = RestoreResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 422, description = "`too_many_items`", body = Problem)))]
pub(super) async fn restore(
    State(mint): State<Arc<Mint>>,
    body: JsonBody<RestoreRequest>,
) -> Result<Json<RestoreResponse>, ApiError> {
    Ok(Json(mint.restore(body.value.outputs).await?))
}
