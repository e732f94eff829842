//! The operator listener: metrics and health on a separate socket that clients cannot reach.

use super::{health, log};
use crate::service::Mint;
use crate::spent_index::IndexState;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::Arc;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Returns the routes of the operator listener.
pub fn operator_router(mint: Arc<Mint>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/health", get(health::health))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .layer(from_fn_with_state(mint.clone(), log::requests))
        .with_state(mint)
}

/// Returns the routes of the dispatcher's operator listener. It has no signer and no spent index.
pub fn dispatcher_router(mint: Arc<Mint>) -> Router {
    Router::new()
        .route("/metrics", get(dispatcher_metrics))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .layer(from_fn_with_state(mint.clone(), log::requests))
        .with_state(mint)
}

async fn dispatcher_metrics(State(mint): State<Arc<Mint>>) -> impl IntoResponse {
    let parts = [("database", mint.health().await.ledger)];
    ([(header::CONTENT_TYPE, OPENMETRICS)], mint.meters().scrape(&parts, mint.issue_seconds_left()))
}

async fn metrics(State(mint): State<Arc<Mint>>) -> impl IntoResponse {
    let health = mint.health().await;
    let mut parts = vec![("database", health.ledger), ("signer", health.signer)];
    if health.spent_index != IndexState::InProcess {
        parts.push(("redis", health.spent_index == IndexState::Up));
    }
    ([(header::CONTENT_TYPE, OPENMETRICS)], mint.meters().scrape(&parts, mint.issue_seconds_left()))
}
