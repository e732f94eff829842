//! `/api/v1/merchant/endpoints`

use crate::http::ApiError;
use crate::http::body::JsonBody;
use crate::http::problem::detached;
use crate::http::query::StrictQuery;
use crate::service::{Caller, Mint};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ecash_core::api_key::Scope;
use ecash_core::wire::{
    CreateEndpointRequest, DeliveryList, EndpointList, EndpointResponse, EndpointView, Problem,
    RedeliverRequest, UpdateEndpointRequest,
};
use serde::Deserialize;
use std::sync::Arc;

/// Adds an endpoint, to which all later events of the merchant are posted, signed as Standard Webhooks 1.0.0
/// specifies.
#[utoipa::path(post, path = "/api/v1/merchant/endpoints", request_body = CreateEndpointRequest,
    security(("api_key" = ["webhooks"])), responses(
    (status = 201, body = EndpointResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 422, description = "`webhook_url_refused`, `too_many_entries`", body = Problem)))]
pub(super) async fn create(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    body: JsonBody<CreateEndpointRequest>,
) -> Result<(StatusCode, Json<EndpointResponse>), ApiError> {
    let merchant_id = caller.may(Scope::Webhooks)?.clone();
    let created = detached(async move { mint.create_endpoint(&merchant_id, body.value).await }).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Returns all endpoints without their secrets, the oldest first.
#[utoipa::path(get, path = "/api/v1/merchant/endpoints", security(("api_key" = ["webhooks"])), responses(
    (status = 200, body = EndpointList),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem)))]
pub(super) async fn list(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
) -> Result<Json<EndpointList>, ApiError> {
    Ok(Json(mint.endpoints(caller.may(Scope::Webhooks)?).await?))
}

/// Changes an endpoint: its address, its kinds of events, or whether it is paused.
#[utoipa::path(patch, path = "/api/v1/merchant/endpoints/{endpoint_id}", request_body = UpdateEndpointRequest,
    security(("api_key" = ["webhooks"])), responses(
    (status = 200, body = EndpointView),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`endpoint_unknown`", body = Problem),
    (status = 422, description = "`webhook_url_refused`", body = Problem)))]
pub(super) async fn update(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(endpoint_id): Path<String>,
    body: JsonBody<UpdateEndpointRequest>,
) -> Result<Json<EndpointView>, ApiError> {
    let merchant_id = caller.may(Scope::Webhooks)?.clone();
    detached(async move { mint.update_endpoint(&merchant_id, &endpoint_id, body.value).await })
        .await
        .map(Json)
}

/// Removes an endpoint and its deliveries. Repeating it changes nothing.
#[utoipa::path(delete, path = "/api/v1/merchant/endpoints/{endpoint_id}", security(("api_key" = ["webhooks"])), responses(
    (status = 204, description = "the endpoint is removed"),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`endpoint_unknown`", body = Problem)))]
pub(super) async fn remove(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(endpoint_id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let merchant_id = caller.may(Scope::Webhooks)?.clone();
    detached(async move { mint.drop_endpoint(&merchant_id, &endpoint_id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rotates an endpoint's secret. For 24 hours, deliveries are also signed with the old one.
#[utoipa::path(post, path = "/api/v1/merchant/endpoints/{endpoint_id}/rotate", security(("api_key" = ["webhooks"])), responses(
    (status = 200, body = EndpointResponse),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`endpoint_unknown`", body = Problem)))]
pub(super) async fn rotate(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(endpoint_id): Path<String>,
) -> Result<Json<EndpointResponse>, ApiError> {
    let merchant_id = caller.may(Scope::Webhooks)?.clone();
    detached(async move { mint.rotate_endpoint(&merchant_id, &endpoint_id).await }).await.map(Json)
}

/// Sends an event of the type `endpoint.test` to this endpoint.
#[utoipa::path(post, path = "/api/v1/merchant/endpoints/{endpoint_id}/test", security(("api_key" = ["webhooks"])), responses(
    (status = 202, description = "the event will be sent; the deliveries show the result"),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`endpoint_unknown`", body = Problem),
    (status = 409, description = "`endpoint_not_enabled`", body = Problem)))]
pub(super) async fn test(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(endpoint_id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let merchant_id = caller.may(Scope::Webhooks)?.clone();
    detached(async move { mint.test_endpoint(&merchant_id, &endpoint_id).await }).await?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveriesQuery {
    /// `next_before` of the previous page.
    before: Option<u64>,
    /// Deliveries on one page, 1 to 100; absent: 100.
    limit: Option<u32>,
}

/// Returns an endpoint's deliveries, also pending ones, the newest events first. Ended deliveries are kept
/// for 30 days.
#[utoipa::path(get, path = "/api/v1/merchant/endpoints/{endpoint_id}/deliveries", params(DeliveriesQuery),
    security(("api_key" = ["webhooks"])), responses(
    (status = 200, body = DeliveryList),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`endpoint_unknown`", body = Problem)))]
pub(super) async fn deliveries(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(endpoint_id): Path<String>,
    StrictQuery(query): StrictQuery<DeliveriesQuery>,
) -> Result<Json<DeliveryList>, ApiError> {
    let merchant_id = caller.may(Scope::Webhooks)?;
    Ok(Json(mint.deliveries(merchant_id, &endpoint_id, query.before, query.limit).await?))
}

/// Sends events again, with the same ids as before.
#[utoipa::path(post, path = "/api/v1/merchant/endpoints/{endpoint_id}/redeliver", request_body = RedeliverRequest,
    security(("api_key" = ["webhooks"])), responses(
    (status = 202, description = "the events will be sent; the deliveries show the results"),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 404, description = "`endpoint_unknown`", body = Problem),
    (status = 409, description = "`endpoint_not_enabled`", body = Problem)))]
pub(super) async fn redeliver(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    Path(endpoint_id): Path<String>,
    body: JsonBody<RedeliverRequest>,
) -> Result<StatusCode, ApiError> {
    let merchant_id = caller.may(Scope::Webhooks)?.clone();
    detached(async move { mint.redeliver(&merchant_id, &endpoint_id, &body.value).await }).await?;
    Ok(StatusCode::ACCEPTED)
}
