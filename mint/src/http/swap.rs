//! `POST /api/v1/swap`.

use super::body::MoneyBody;
use super::client::ClientKey;
use super::credentials::MaybeKey;
use super::problem::detached;
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
    (status = 422, description = "refused; no token was spent", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem),
    (status = 503, description = "`overloaded`, `unavailable`", body = Problem)))]
pub(super) async fn swap(
    State(state): State<AppState>,
    client: ClientKey,
    MaybeKey(key): MaybeKey,
    body: MoneyBody<SwapRequest>,
) -> Result<Json<SwapResponse>, ApiError> {
    state.signatures.take(&client, body.value.outputs.len())?;
    let received = Received::new(Route::Swap, None, key.as_ref(), body.digest);
    detached(async move { state.mint.swap(received, body.value).await }).await.map(Json)
}
