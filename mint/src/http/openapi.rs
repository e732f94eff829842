//! `/openapi.json`, generated from the handlers.

use axum::http::header;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(info(
    title = "eCash mint",
    version = "1",
    description = "Anonymous digital cash: RSA blind signatures (RFC 9474). Binary values are base64url \
        without padding, times RFC 3339 UTC. Errors are application/problem+json with a stable code."
))]
pub(super) struct Description;

pub(super) fn serve(router: Router, description: utoipa::openapi::OpenApi) -> Router {
    let serve = get(move || {
        let description = description.clone();
        async move { ([(header::CACHE_CONTROL, "no-cache")], Json(description)) }
    });
    router.route("/openapi.json", serve)
}
