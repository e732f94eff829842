//! `/api/v1/merchant/links`

use crate::http::ApiError;
use crate::http::body::JsonBody;
use crate::http::problem::detached;
use crate::service::{Caller, Mint};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ecash_core::api_key::Scope;
use ecash_core::wire::{CreateLinkRequest, LinkList, LinkView, Problem, UpdateLinkRequest};
use std::sync::Arc;

/// Creates a link to print or publish. Each use of it creates a separate payment.
#[utoipa::path(post, path = "/api/v1/merchant/links", request_body = CreateLinkRequest, security(("api_key" = ["links"])), responses(
    (status = 201, body = LinkView),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 422, description = "`amount_not_payable`, `too_many_entries`", body = Problem)))]
pub(super) async fn create(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    body: JsonBody<CreateLinkRequest>,
) -> Result<(StatusCode, Json<LinkView>), ApiError> {
    let merchant_id = caller.may(Scope::Links)?.clone();
    let created = detached(async move { mint.create_link(&merchant_id, body.value).await }).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Returns the merchant's links, the newest first.
#[utoipa::path(get, path = "/api/v1/merchant/links", security(("api_key" = ["links"])), responses(
    (status = 200, body = LinkList),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem)))]
pub(super) async fn list(State(mint): State<Arc<Mint>>, caller: Caller) -> Result<Json<LinkList>, ApiError> {
    Ok(Json(mint.links(caller.may(Scope::Links)?).await?))
}

/// Switches a link on or off.
#[utoipa::path(patch, path = "/api/v1/merchant/links/{link_id}", request_body = UpdateLinkRequest, security(("api_key" = ["links"])), responses(
    (status = 200, body = LinkView),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`link_unknown`", body = Problem)))]
pub(super) async fn update(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(link_id): Path<String>,
    body: JsonBody<UpdateLinkRequest>,
) -> Result<Json<LinkView>, ApiError> {
    let merchant_id = caller.may(Scope::Links)?.clone();
    detached(async move { mint.switch_link(&merchant_id, &link_id, body.value.active).await }).await.map(Json)
}
