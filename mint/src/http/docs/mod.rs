//! `/docs`, the API reference as a page, generated from the OpenAPI description, and `/docs/errors`, which
//! problem documents link to.

mod errors;
mod html;
mod reference;

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use utoipa::openapi::OpenApi;

const STYLE: &str = include_str!("style.css");

/// Serves both pages and their style sheet.
pub(super) fn router(description: &OpenApi) -> Router {
    let reference = html::page("API reference", &reference::render(description));
    let errors = html::page("Error codes", &errors::render());
    Router::new()
        .route("/docs", get(async move || page(reference.clone())))
        .route("/docs/errors", get(async move || page(errors.clone())))
        .route("/docs/style.css", get(async || ([(header::CONTENT_TYPE, "text/css"), NO_CACHE], STYLE)))
}

const NO_CACHE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-cache");

fn page(text: String) -> impl IntoResponse {
    ([NO_CACHE], Html(text))
}
