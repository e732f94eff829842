//! `POST /api/v1/verify`.

use super::body::JsonBody;
use super::slots::CostlyRequest;
use super::{ApiError, AppState};
use crate::service::Mint;
use axum::Json;
use axum::extract::State;
use ecash_core::wire::{Problem, VerifyRequest, VerifyResponse};

/// Returns whether tokens are valid and spent. Changes nothing.
#[utoipa::path(post, path = "/api/v1/verify", request_body = VerifyRequest, responses(
    (status = 200, body = VerifyResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 422, description = "`too_many_items`, `key_id_required`", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem),
    (status = 503, description = "`overloaded`, `unavailable`", body = Problem)))]
pub(super) async fn verify(
    State(state): State<AppState>,
    CostlyRequest { client, slot: _slot }: CostlyRequest,
    body: JsonBody<VerifyRequest>,
) -> Result<Json<VerifyResponse>, ApiError> {
    let mint = state.mint;
    match (body.value.token, body.value.tokens) {
        (Some(token), None) => {
            let tokens = vec![token];
            state.verifications.take_at_most(&client, mint.verifications(&tokens))?;
            let result = mint.verify(tokens).await?.into_iter().next();
            let result = result.ok_or(ApiError::malformed("give token or tokens"))?;
            Ok(Json(VerifyResponse::One(result)))
        }
        (None, Some(tokens)) => {
            Mint::require_key_ids(&tokens)?;
            state.verifications.take_at_most(&client, mint.verifications(&tokens))?;
            Ok(Json(VerifyResponse::Many { results: mint.verify(tokens).await? }))
        }
        _ => Err(ApiError::malformed("give either token or tokens")),
    }
}
