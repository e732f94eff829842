//! `/api/v1/merchant/payouts`

use crate::http::ApiError;
use crate::http::body::MoneyBody;
use crate::http::credentials::MaybeKey;
use crate::http::problem::detached;
use crate::http::query::StrictQuery;
use crate::service::{Caller, Mint, Received};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ecash_core::PayoutId;
use ecash_core::api_key::Scope;
use ecash_core::idempotency::KeyedRoute;
use ecash_core::wire::{CreatePayoutRequest, PayoutList, PayoutView, Problem};
use serde::Deserialize;
use std::sync::Arc;

/// Reserves takings for a payout. The operator pays them outside the mint, as agreed with the merchant, and
/// then settles the payout.
#[utoipa::path(post, path = "/api/v1/merchant/payouts", request_body = CreatePayoutRequest,
    params(("Idempotency-Key" = String, Header, description = "22 to 64 characters of base64url, random for each payout")),
    security(("api_key" = ["payouts"])), responses(
    (status = 201, body = PayoutView),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 409, description = "`idempotency_key_reused`", body = Problem),
    (status = 422, description = "`insufficient_balance`", body = Problem),
    (status = 429, description = "`rate_limited`, `too_many_open`", body = Problem)))]
pub(super) async fn create(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    MaybeKey(key): MaybeKey,
    body: MoneyBody<CreatePayoutRequest>,
) -> Result<(StatusCode, Json<PayoutView>), ApiError> {
    let merchant_id = caller.may(Scope::Payouts)?.clone();
    let key =
        key.ok_or(ApiError::malformed("a payout needs an Idempotency-Key, so that a repeat pays out once"))?;
    let received = Received::new(KeyedRoute::Payouts, Some(&merchant_id), Some(&key), body.digest);
    let created = detached(async move { mint.request_payout(received, &merchant_id, &body.value).await });
    Ok((StatusCode::CREATED, Json(created.await?)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// `next_before` of the previous page.
    #[param(value_type = Option<String>)]
    before: Option<PayoutId>,
    /// Payouts on one page, 1 to 100; absent: 100.
    limit: Option<u32>,
}

/// Returns the merchant's payouts, newest first.
#[utoipa::path(get, path = "/api/v1/merchant/payouts", params(ListQuery), security(("api_key" = ["payouts"])), responses(
    (status = 200, body = PayoutList),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem)))]
pub(super) async fn list(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    StrictQuery(query): StrictQuery<ListQuery>,
) -> Result<Json<PayoutList>, ApiError> {
    let merchant_id = caller.may(Scope::Payouts)?;
    Ok(Json(mint.payouts(merchant_id, query.before.as_ref(), query.limit).await?))
}
