//! `POST /api/v1/verify`.

use super::ApiError;
use super::body::JsonBody;
use crate::service::Mint;
use axum::Json;
use axum::extract::State;
use ecash_core::wire::{Problem, VerifyRequest, VerifyResponse};
use std::sync::Arc;

/// Returns whether tokens are valid and spent. Changes nothing.
#[utoipa::path(post, path = "/api/v1/verify", request_body = VerifyRequest, responses(
    (status = 200, body = VerifyResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 422, description = "`too_many_items`", body = Problem)))]
pub(super) async fn verify(
    State(mint): State<Arc<Mint>>,
    body: JsonBody<VerifyRequest>,
) -> Result<Json<VerifyResponse>, ApiError> {
    match (body.value.token, body.value.tokens) {
        (Some(token), None) => {
            let result = mint.verify(vec![token]).await?.into_iter().next();
            let result = result.ok_or(ApiError::malformed("give token or tokens"))?;
            Ok(Json(VerifyResponse::One(result)))
        }
        (None, Some(tokens)) => Ok(Json(VerifyResponse::Many { results: mint.verify(tokens).await? })),
        _ => Err(ApiError::malformed("give token or tokens, one of them")),
    }
}
