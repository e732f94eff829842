//! `POST /api/v1/payments/{payment_id}/refunds/claim`.

use super::body::{MoneyBody, digest_with};
use super::credentials::MaybeKey;
use super::payments::parse_id;
use super::problem::detached_at;
use super::slots::CostlyRequest;
use super::{ApiError, AppState};
use crate::service::Received;
use axum::Json;
use axum::extract::{Path, State};
use ecash_core::idempotency::Route;
use ecash_core::wire::{ClaimRequest, ClaimResponse, Problem};

/// Issues tokens for refunds of a payment, to the wallet whose key the payment committed to. Needs no
/// account: the signature shows that it is the payer's.
#[utoipa::path(post, path = "/api/v1/payments/{payment_id}/refunds/claim", request_body = ClaimRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "22 to 64 characters of base64url")), responses(
    (status = 200, body = ClaimResponse),
    (status = 403, description = "`refund_wrong_key`", body = Problem),
    (status = 404, description = "`payment_unknown`", body = Problem),
    (status = 409, description = "`refund_nothing_open`, `payment_not_paid`, `blinded_token_already_signed`, `idempotency_key_reused`, `cancelled`", body = Problem),
    (status = 422, description = "`amount_mismatch`, `key_not_issuing`; nothing was issued", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem),
    (status = 503, description = "`overloaded`, `unavailable`", body = Problem)))]
pub(super) async fn claim(
    State(state): State<AppState>,
    Path(payment_id): Path<String>,
    CostlyRequest { client, slot }: CostlyRequest,
    MaybeKey(key): MaybeKey,
    body: MoneyBody<ClaimRequest>,
) -> Result<Json<ClaimResponse>, ApiError> {
    let payment_id = parse_id(&payment_id)?;
    state.signatures.take(&client, body.value.outputs.len())?;
    let received =
        Received::new(Route::RefundClaim, None, key.as_ref(), digest_with(body.digest, payment_id.as_str()));
    let work = async move { state.mint.claim_refunds(received, &payment_id, &body.value).await };
    detached_at(slot, work).await.map(Json)
}
