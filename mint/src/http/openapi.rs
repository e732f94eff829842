//! `/openapi.json`, generated from the handlers.

use axum::http::header;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(modifiers(&Credentials), info(
    title = "eCash mint",
    version = "1",
    description = "Anonymous digital cash: RSA blind signatures (RFC 9474). Binary values are base64url \
        without padding, times RFC 3339 UTC. Errors are application/problem+json with a stable code."
))]
pub(super) struct Description;

/// Declares what requests authenticate with.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let bearer = |what: &str| {
            SecurityScheme::Http(
                HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(what)).build(),
            )
        };
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("account_token", bearer("The account token: 32 bytes in base64url."));
        components
            .add_security_scheme("api_key", bearer("An API key of a merchant: `ek_live_…` or `ek_test_…`."));
    }
}

pub(super) fn serve(router: Router, description: utoipa::openapi::OpenApi) -> Router {
    let serve = get(move || {
        let description = description.clone();
        async move { ([(header::CACHE_CONTROL, "no-cache")], Json(description)) }
    });
    router.route("/openapi.json", serve)
}
