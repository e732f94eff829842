//! Routes of a mint whose database is not there yet: health says so, everything else is unavailable.

use super::ApiError;
use super::headers::security;
use crate::environment::{Clock as _, SystemClock};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use ecash_core::wire::{ErrorCode, HealthResponse, PartState, RunState};
use std::sync::{Arc, OnceLock};
use tower::ServiceExt as _;

/// Where the mint's routes are put once it has started.
pub struct Later(Arc<OnceLock<Router>>);

impl Later {
    /// From now on requests go there.
    pub fn set(self, router: Router) {
        // Set once, for this is consumed.
        let _ = self.0.set(router);
    }
}

/// Routes that wait for others.
pub fn later() -> (Later, Router) {
    let slot = Arc::new(OnceLock::<Router>::new());
    let routes = slot.clone();
    let waiting = Router::new()
        .route("/health", get(health))
        .route("/health/ready", get(health))
        .route("/health/live", get(async || StatusCode::NO_CONTENT))
        .fallback(async || ApiError::new(ErrorCode::Unavailable))
        .layer(from_fn(security));
    let app = Router::new().fallback(move |request: Request| {
        let router = routes.get().cloned().unwrap_or_else(|| waiting.clone());
        async move { answer(router, request).await }
    });
    (Later(slot), app)
}

async fn answer(router: Router, request: Request) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn health() -> Response {
    let body = HealthResponse {
        status: RunState::Unavailable,
        database: PartState::Down,
        redis: PartState::NotUsed,
        hsm: PartState::NotUsed,
        timestamp: SystemClock.now(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
}
