//! `POST /api/v1/swap`.

use super::body::MoneyBody;
use super::credentials::MaybeKey;
use super::problem::detached_at;
use super::slots::CostlyRequest;
use super::{ApiError, AppState};
use crate::service::Received;
use axum::Json;
use axum::extract::State;
use ecash_core::idempotency::Route;
use ecash_core::wire::{Problem, SwapRequest, SwapResponse};

/// Swaps tokens for other tokens of the same value.
#[utoipa::path(post, path = "/api/v1/swap", request_body = SwapRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "22 to 64 characters of base64url")), responses(
    (status = 200, body = SwapResponse),
    (status = 409, description = "`token_already_spent`, `blinded_token_already_signed`, `idempotency_key_reused`, `cancelled`", body = Problem),
    (status = 422, description = "refused, `key_id_required` among others; no token was spent", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem),
    (status = 503, description = "`overloaded`, `unavailable`", body = Problem)))]
pub(super) async fn swap(
    State(state): State<AppState>,
    CostlyRequest { client, slot }: CostlyRequest,
    MaybeKey(key): MaybeKey,
    body: MoneyBody<SwapRequest>,
) -> Result<Json<SwapResponse>, ApiError> {
    let mint = state.mint;
    state.verifications.take_at_most(&client, mint.verifications(&body.value.tokens))?;
    state.signatures.take(&client, body.value.outputs.len())?;
    let received = Received::new(Route::Swap, None, key.as_ref(), body.digest);
    detached_at(slot, async move { mint.swap(received, body.value).await }).await.map(Json)
}
