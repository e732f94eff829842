//! `POST /api/v1/redeem`.

use super::ApiError;
use super::body::MoneyBody;
use super::credentials::MaybeKey;
use super::problem::detached;
use crate::service::{Mint, Received};
use axum::Json;
use axum::extract::State;
use ecash_core::idempotency::Route;
use ecash_core::wire::{Problem, RedeemRequest, RedeemResponse};
use std::sync::Arc;

/// Redeems tokens: credits their value to a merchant or account.
#[utoipa::path(post, path = "/api/v1/redeem", request_body = RedeemRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "22 to 64 characters of base64url")), responses(
    (status = 200, body = RedeemResponse),
    (status = 404, description = "`unknown_merchant`, `unknown_account`, `payment_unknown`", body = Problem),
    (status = 409, description = "`token_already_spent`, `idempotency_key_reused`, `cancelled`", body = Problem),
    (status = 422, description = "refused; no token was spent", body = Problem),
    (status = 503, description = "`overloaded`, `unavailable`", body = Problem)))]
pub(super) async fn redeem(
    State(mint): State<Arc<Mint>>,
    MaybeKey(key): MaybeKey,
    body: MoneyBody<RedeemRequest>,
) -> Result<Json<RedeemResponse>, ApiError> {
    let received = Received::new(Route::Redeem, None, key.as_ref(), body.digest);
    detached(async move { mint.redeem(received, body.value).await }).await.map(Json)
}
