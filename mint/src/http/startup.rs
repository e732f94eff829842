//! Routes of a mint whose database is not reachable yet: health checks report it, everything else responds
//! 503.

use super::ApiError;
use super::headers::security;
use crate::settings::Settings;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use ecash_core::wire::{ErrorCode, HealthResponse, PartState, RunState};
use ecash_environment::{Clock as _, SystemClock};
use std::sync::{Arc, OnceLock};
use tower::ServiceExt as _;

/// Replaces the startup routes by the mint's routes once it has started.
pub struct StartupRouter(Arc<OnceLock<Router>>);

impl StartupRouter {
    /// Serves these routes from now on.
    pub fn set(self, router: Router) {
        // Never set before, because `set` consumes `self`.
        let _ = self.0.set(router);
    }
}

/// Returns the public routes that are served until the mint has started. Health reports the dependencies in
/// these settings.
pub fn startup(settings: &Settings) -> (StartupRouter, Router) {
    waiting(settings, Router::new())
}

/// Returns the same for the operator listener, with a metric that reports the database as down.
pub fn startup_for_operator(settings: &Settings) -> (StartupRouter, Router) {
    const AWAY: &str = "# TYPE ecash_part_up gauge\necash_part_up{part=\"database\"} 0\n# EOF\n";
    waiting(settings, Router::new().route("/metrics", get(async || AWAY)))
}

fn waiting(settings: &Settings, more: Router) -> (StartupRouter, Router) {
    let used = |used: bool| if used { PartState::Down } else { PartState::NotUsed };
    // Dependencies that are used count as down, because they were not checked yet.
    let (redis, hsm) = (used(settings.redis.is_some()), used(settings.signer.is_some()));
    let health = move || health(redis, hsm);
    let slot = Arc::new(OnceLock::<Router>::new());
    let routes = slot.clone();
    let waiting = more
        .route("/health", get(health))
        .route("/health/ready", get(health))
        .route("/health/live", get(async || StatusCode::NO_CONTENT))
        .fallback(async || ApiError::new(ErrorCode::Unavailable))
        .layer(from_fn(security));
    let app = Router::new().fallback(move |request: Request| {
        let router = routes.get().cloned().unwrap_or_else(|| waiting.clone());
        async move { answer(router, request).await }
    });
    (StartupRouter(slot), app)
}

async fn answer(router: Router, request: Request) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn health(redis: PartState, hsm: PartState) -> Response {
    let body = HealthResponse {
        status: RunState::Unavailable,
        database: PartState::Down,
        redis,
        hsm,
        timestamp: SystemClock.now(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
}
