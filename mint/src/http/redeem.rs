//! `POST /api/v1/redeem`.

use super::body::MoneyBody;
use super::credentials::MaybeKey;
use super::problem::detached_at;
use super::slots::CostlyRequest;
use super::{ApiError, AppState};
use crate::service::Received;
use axum::Json;
use axum::extract::State;
use ecash_core::idempotency::Route;
use ecash_core::wire::{Problem, RedeemRequest, RedeemResponse};

/// Redeems tokens: credits their value to a merchant or account.
#[utoipa::path(post, path = "/api/v1/redeem", request_body = RedeemRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "22 to 64 characters of base64url")), responses(
    (status = 200, body = RedeemResponse),
    (status = 404, description = "`unknown_merchant`, `unknown_account`, `payment_unknown`", body = Problem),
    (status = 409, description = "`token_already_spent`, `idempotency_key_reused`, `cancelled`", body = Problem),
    (status = 422, description = "refused; no token was spent", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem),
    (status = 503, description = "`overloaded`, `unavailable`", body = Problem)))]
pub(super) async fn redeem(
    State(state): State<AppState>,
    CostlyRequest { client, slot }: CostlyRequest,
    MaybeKey(key): MaybeKey,
    body: MoneyBody<RedeemRequest>,
) -> Result<Json<RedeemResponse>, ApiError> {
    let mint = state.mint;
    state.verifications.take_at_most(&client, mint.verifications(&body.value.tokens))?;
    let received = Received::new(Route::Redeem, None, key.as_ref(), body.digest);
    let work = async move { mint.redeem(received, body.value).await };
    detached_at(slot, work).await.map(Json)
}
