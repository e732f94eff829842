//! `/api/v1/links/{link_id}`: the public routes of a merchant's link.

use super::body::JsonBody;
use super::problem::detached_at;
use super::slots::CostlyRequest;
use super::{ApiError, AppState};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ecash_core::wire::{Problem, PublicLink, UseLinkRequest, UseLinkResponse};

/// Returns a link as payers see it.
#[utoipa::path(get, path = "/api/v1/links/{link_id}", responses(
    (status = 200, body = PublicLink),
    (status = 404, description = "`link_unknown`", body = Problem)))]
pub(super) async fn link(
    State(state): State<AppState>,
    Path(link_id): Path<String>,
) -> Result<Json<PublicLink>, ApiError> {
    Ok(Json(state.mint.public_link(&link_id).await?))
}

/// Creates a payment of a link, which can be paid for 15 minutes. Each client may create only a few in that
/// time.
#[utoipa::path(post, path = "/api/v1/links/{link_id}/payments", request_body = UseLinkRequest, responses(
    (status = 201, body = UseLinkResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 404, description = "`link_unknown`", body = Problem),
    (status = 422, description = "`amount_not_payable`", body = Problem),
    (status = 429, description = "`rate_limited`, `too_many_open`", body = Problem)))]
pub(super) async fn pay(
    State(state): State<AppState>,
    Path(link_id): Path<String>,
    CostlyRequest { client, slot }: CostlyRequest,
    body: JsonBody<UseLinkRequest>,
) -> Result<(StatusCode, Json<UseLinkResponse>), ApiError> {
    // A link that does not exist takes no slot in memory.
    let link_id = state.mint.public_link(&link_id).await?.link_id.to_string();
    state.links.take(&(client, link_id.clone()), 1)?;
    let work = async move { state.mint.use_link(&link_id, body.value).await };
    let payment = detached_at(slot, work).await?;
    let answer = UseLinkResponse { payment_id: payment.payment_id, checkout_url: payment.checkout_url };
    Ok((StatusCode::CREATED, Json(answer)))
}
