//! `/api/v1/merchant`, its statement and its domains.

use crate::http::ApiError;
use crate::http::accounts::PageQuery;
use crate::http::body::JsonBody;
use crate::http::problem::detached;
use crate::http::query::StrictQuery;
use crate::service::{Caller, Mint};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ecash_core::api_key::Scope;
use ecash_core::wire::{
    AccountResponse, DomainRequest, DomainView, ErrorCode, MerchantResponse, Problem, UpdateMerchantRequest,
};
use std::sync::Arc;

/// Returns the merchant's name, balance and domains.
#[utoipa::path(get, path = "/api/v1/merchant", security(("api_key" = ["read"])), responses(
    (status = 200, body = MerchantResponse),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem)))]
pub(super) async fn show(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
) -> Result<Json<MerchantResponse>, ApiError> {
    Ok(Json(mint.merchant_profile(&caller).await?))
}

/// Sets the name that payers see.
#[utoipa::path(patch, path = "/api/v1/merchant", request_body = UpdateMerchantRequest, security(("account_token" = [])), responses(
    (status = 204, description = "the name is set"),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem)))]
pub(super) async fn update(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    body: JsonBody<UpdateMerchantRequest>,
) -> Result<StatusCode, ApiError> {
    let merchant_id = caller.is_owner()?.clone();
    detached(async move { mint.rename_merchant(&merchant_id, &body.value.name).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the merchant's balance and a page of its statement, newest first.
#[utoipa::path(get, path = "/api/v1/merchant/statement", params(PageQuery), security(("api_key" = ["read"])), responses(
    (status = 200, body = AccountResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem)))]
pub(super) async fn statement(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    StrictQuery(page): StrictQuery<PageQuery>,
) -> Result<Json<AccountResponse>, ApiError> {
    let account = mint.account_from_standby(caller.may(Scope::Read)?).await?;
    let account = account.ok_or(ApiError::new(ErrorCode::UnknownMerchant))?;
    Ok(Json(mint.account(account, page.before).await?))
}

/// Adds the address of a shop. It is shown to payers once the mint has verified it. At a mint of play money,
/// `http://localhost` is verified at once.
#[utoipa::path(post, path = "/api/v1/merchant/domains", request_body = DomainRequest, security(("account_token" = [])), responses(
    (status = 200, body = DomainView),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 422, description = "`too_many_entries`", body = Problem)))]
pub(super) async fn add_domain(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    body: JsonBody<DomainRequest>,
) -> Result<Json<DomainView>, ApiError> {
    let merchant_id = caller.is_owner()?.clone();
    detached(async move { mint.claim_domain(&merchant_id, body.value.origin).await }).await.map(Json)
}

/// Removes the address of a shop. Repeating it changes nothing.
#[utoipa::path(delete, path = "/api/v1/merchant/domains", request_body = DomainRequest, security(("account_token" = [])), responses(
    (status = 204, description = "the address is removed"),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem)))]
pub(super) async fn remove_domain(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    body: JsonBody<DomainRequest>,
) -> Result<StatusCode, ApiError> {
    let merchant_id = caller.is_owner()?.clone();
    detached(async move { mint.drop_domain(&merchant_id, body.value.origin).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
