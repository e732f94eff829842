//! `/api/v1/merchant/test/…`: pays and ends payments without a wallet, at a mint of play money only.

use crate::http::ApiError;
use crate::http::body::JsonBody;
use crate::http::payments::parse_id;
use crate::http::problem::detached;
use crate::service::{Caller, Mint};
use axum::Json;
use axum::extract::{Path, State};
use ecash_core::api_key::Scope;
use ecash_core::wire::{MerchantPayment, PlayPayRequest, Problem};
use std::sync::Arc;

/// Pays an open payment with play money, for tests of a shop: the payment, its receipt and its events are
/// real.
#[utoipa::path(post, path = "/api/v1/merchant/test/payments/{payment_id}/pay", request_body = PlayPayRequest, security(("api_key" = ["payments"])), responses(
    (status = 200, body = MerchantPayment),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`payment_unknown`; `not_found` where money is real", body = Problem),
    (status = 409, description = "`payment_paid`, `payment_cancelled`, `payment_expired`, `payment_order_paid`", body = Problem),
    (status = 422, description = "`payment_amount_mismatch`", body = Problem)))]
pub(super) async fn pay(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(payment_id): Path<String>,
    body: JsonBody<PlayPayRequest>,
) -> Result<Json<MerchantPayment>, ApiError> {
    let merchant_id = caller.may(Scope::Payments)?.clone();
    let payment_id = parse_id(&payment_id)?;
    detached(async move {
        mint.play_pay(&merchant_id, &payment_id, body.value).await?;
        mint.merchant_payment(&merchant_id, &payment_id).await
    })
    .await
    .map(Json)
}

/// Lets an open payment expire now, for tests of a shop. A payment that has ended is not changed.
#[utoipa::path(post, path = "/api/v1/merchant/test/payments/{payment_id}/expire", security(("api_key" = ["payments"])), responses(
    (status = 200, body = MerchantPayment),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`payment_unknown`; `not_found` where money is real", body = Problem)))]
pub(super) async fn expire(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(payment_id): Path<String>,
) -> Result<Json<MerchantPayment>, ApiError> {
    let merchant_id = caller.may(Scope::Payments)?.clone();
    let payment_id = parse_id(&payment_id)?;
    detached(async move {
        mint.play_expire(&merchant_id, &payment_id).await?;
        mint.merchant_payment(&merchant_id, &payment_id).await
    })
    .await
    .map(Json)
}
