//! `GET /health`, `/health/live`, `/health/ready`.

use crate::service::{Health, Mint};
use crate::spent_index::IndexState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ecash_core::wire::{HealthResponse, PartState, RunState};
use std::sync::Arc;

async fn check(mint: &Mint, serves: fn(&Health) -> bool) -> (StatusCode, Json<HealthResponse>) {
    let health = mint.health().await;
    let serves = serves(&health);
    let body = HealthResponse {
        status: if serves { RunState::Running } else { RunState::Unavailable },
        database: if health.ledger { PartState::Ok } else { PartState::Down },
        redis: match health.spent_index {
            IndexState::InProcess => PartState::NotUsed,
            IndexState::Up => PartState::Ok,
            IndexState::Down => PartState::Down,
        },
        hsm: match (mint.uses_hsm(), health.signer) {
            (false, _) => PartState::NotUsed,
            (true, true) => PartState::Ok,
            (true, false) => PartState::Down,
        },
        timestamp: mint.now(),
    };
    (if serves { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(body))
}

/// Returns whether the mint can serve requests, and the state of its dependencies.
#[utoipa::path(get, path = "/health", responses(
    (status = 200, description = "The mint can serve requests", body = HealthResponse),
    (status = 503, description = "The mint cannot serve requests", body = HealthResponse)))]
pub(super) async fn health(State(mint): State<Arc<Mint>>) -> (StatusCode, Json<HealthResponse>) {
    // The spent index does not count: the mint works without it.
    check(&mint, |health| health.ledger && health.signer).await
}

/// Responds if the process runs.
#[utoipa::path(get, path = "/health/live", responses((status = 204, description = "The process runs")))]
pub(super) async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Returns whether a load balancer should send requests here.
///
/// The signer does not count, because all mints share it and payments do not need it.
#[utoipa::path(get, path = "/health/ready", responses(
    (status = 200, description = "The mint can serve requests", body = HealthResponse),
    (status = 503, description = "The mint cannot serve requests", body = HealthResponse)))]
pub(super) async fn ready(State(mint): State<Arc<Mint>>) -> (StatusCode, Json<HealthResponse>) {
    check(&mint, |health| health.ledger).await
}
