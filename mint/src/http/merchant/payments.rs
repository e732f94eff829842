//! `/api/v1/merchant/payments`

use crate::http::ApiError;
use crate::http::body::{MoneyBody, digest_with};
use crate::http::credentials::MaybeKey;
use crate::http::payments::parse_id;
use crate::http::problem::detached;
use crate::http::query::StrictQuery;
use crate::service::{Caller, DEFAULT_EXPIRY_S, Mint, PaymentOrder, PaymentQuery, Received};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ecash_core::api_key::Scope;
use ecash_core::idempotency::KeyedRoute;
use ecash_core::wire::{
    CreatePaymentRequest, CreateRefundRequest, ErrorCode, MerchantPayment, PaymentList, PaymentState,
    Problem, RefundResponse,
};
use ecash_core::{AccountId, PaymentId, Timestamp};
use serde::Deserialize;
use std::sync::Arc;

/// Creates a payment. With `order_ref`, an open payment of the order for the same is returned instead, with
/// `reused` and status 200. Open ones for something else are cancelled.
#[utoipa::path(post, path = "/api/v1/merchant/payments", request_body = CreatePaymentRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "22 to 64 characters of base64url, random for each payment")),
    security(("api_key" = ["payments"])), responses(
    (status = 200, description = "an open payment of the same order", body = MerchantPayment),
    (status = 201, body = MerchantPayment),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 409, description = "`payment_order_paid`, `idempotency_key_reused`", body = Problem),
    (status = 422, description = "`amount_not_payable`, `return_url_not_registered`, `wrong_currency`", body = Problem),
    (status = 429, description = "`rate_limited`, `too_many_open`", body = Problem)))]
pub(super) async fn create(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    MaybeKey(key): MaybeKey,
    body: MoneyBody<CreatePaymentRequest>,
) -> Result<(StatusCode, Json<MerchantPayment>), ApiError> {
    let merchant_id = caller.may(Scope::Payments)?.clone();
    let received = Received::new(KeyedRoute::Payments, Some(&merchant_id), key.as_ref(), body.digest);
    let order = order_of(&mint, merchant_id, body.value)?;
    let payment = detached(async move { mint.create_payment(received, order).await }).await?;
    let status = if payment.reused { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(payment)))
}

fn order_of(
    mint: &Mint,
    merchant_id: AccountId,
    request: CreatePaymentRequest,
) -> Result<PaymentOrder, ApiError> {
    let currency = mint.identity().currency.code.as_str();
    if request.currency.as_ref().is_some_and(|code| code != currency) {
        return Err(ApiError::new(ErrorCode::WrongCurrency));
    }
    let hash = request.details_hash.map(|hash| <[u8; 32]>::try_from(hash.0)).transpose();
    Ok(PaymentOrder {
        merchant_id,
        amount: request.amount,
        tip_max: request.tip_max,
        description: request.description,
        order_ref: request.order_ref,
        is_split: request.split,
        details_box: request.details_box.map(|sealed| sealed.0),
        details_hash: hash
            .map_err(|_| ApiError::malformed("details_hash must have 32 bytes").in_field("details_hash"))?,
        metadata: request.metadata,
        return_url: request.return_url,
        expires_in_s: request.expires_in.unwrap_or(DEFAULT_EXPIRY_S),
    })
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// Only payments in this state.
    state: Option<PaymentState>,
    /// Only payments of this order.
    order_ref: Option<String>,
    /// Only payments created at this time or later, such as `2026-01-31T22:00:00Z`.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Only payments created before this time.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// Only payments whose id, order or description begins with this text.
    q: Option<String>,
    /// Payments on one page, 1 to 100; absent: 100.
    limit: Option<u32>,
    /// `next_before` of the previous page; absent: the first page.
    #[param(value_type = Option<String>)]
    before: Option<PaymentId>,
}

/// Returns the merchant's payments, newest first.
#[utoipa::path(get, path = "/api/v1/merchant/payments", params(ListQuery), security(("api_key" = ["read"])), responses(
    (status = 200, body = PaymentList),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem)))]
pub(super) async fn list(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    StrictQuery(query): StrictQuery<ListQuery>,
) -> Result<Json<PaymentList>, ApiError> {
    let merchant_id = caller.may(Scope::Read)?.clone();
    let ListQuery { state, order_ref, from, to, q, limit, before } = query;
    let query = PaymentQuery { before, state, order_ref, from, to, prefix: q, limit };
    Ok(Json(mint.merchant_payments(merchant_id, query).await?))
}

/// Returns one of the merchant's payments.
#[utoipa::path(get, path = "/api/v1/merchant/payments/{payment_id}", security(("api_key" = ["read"])), responses(
    (status = 200, body = MerchantPayment),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`payment_unknown`", body = Problem)))]
pub(super) async fn show(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(payment_id): Path<String>,
) -> Result<Json<MerchantPayment>, ApiError> {
    let merchant_id = caller.may(Scope::Read)?;
    Ok(Json(mint.merchant_payment(merchant_id, &parse_id(&payment_id)?).await?))
}

/// Cancels an open payment. Repeating it changes nothing.
#[utoipa::path(post, path = "/api/v1/merchant/payments/{payment_id}/cancel", security(("api_key" = ["payments"])), responses(
    (status = 200, body = MerchantPayment),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`payment_unknown`", body = Problem),
    (status = 409, description = "`payment_paid`, `payment_expired`", body = Problem)))]
pub(super) async fn cancel(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(payment_id): Path<String>,
) -> Result<Json<MerchantPayment>, ApiError> {
    let merchant_id = caller.may(Scope::Payments)?.clone();
    let payment_id = parse_id(&payment_id)?;
    detached(async move {
        mint.cancel_payment(&merchant_id, &payment_id).await?;
        mint.merchant_payment(&merchant_id, &payment_id).await
    })
    .await
    .map(Json)
}

/// Refunds a paid payment, wholly or in part. The mint holds the money until the payer's wallet claims it:
/// show the `refund_url`.
#[utoipa::path(post, path = "/api/v1/merchant/payments/{payment_id}/refunds", request_body = CreateRefundRequest,
    params(("Idempotency-Key" = String, Header, description = "22 to 64 characters of base64url, random for each refund")),
    security(("api_key" = ["refunds"])), responses(
    (status = 201, body = RefundResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`payment_unknown`", body = Problem),
    (status = 409, description = "`payment_not_paid`, `idempotency_key_reused`", body = Problem),
    (status = 422, description = "`refund_too_large`, `refund_impossible`, `amount_not_payable`, `insufficient_balance`, `too_many_entries`", body = Problem)))]
pub(super) async fn refund(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(payment_id): Path<String>,
    MaybeKey(key): MaybeKey,
    body: MoneyBody<CreateRefundRequest>,
) -> Result<(StatusCode, Json<RefundResponse>), ApiError> {
    let merchant_id = caller.may(Scope::Refunds)?.clone();
    let payment_id = parse_id(&payment_id)?;
    let key =
        key.ok_or(ApiError::malformed("a refund needs an Idempotency-Key, so that a repeat refunds once"))?;
    let digest = digest_with(body.digest, payment_id.as_str());
    let received = Received::new(KeyedRoute::Refunds, Some(&merchant_id), Some(&key), digest);
    let created =
        detached(async move { mint.create_refund(received, &merchant_id, &payment_id, &body.value).await });
    Ok((StatusCode::CREATED, Json(created.await?)))
}
