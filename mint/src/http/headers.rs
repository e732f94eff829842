//! Security headers of every response, and CORS.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use ecash_core::Origin;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Allows same-origin scripts and WebAssembly; no inline scripts or styles, no foreign requests, no frames.
const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; object-src 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(self), microphone=(), geolocation=()"),
];

/// Path prefix that the pages of all shops may read, errors included: the id of a payment is the capability,
/// and no credentials are sent.
const FOR_EVERY_ORIGIN: &str = "/api/v1/payments/";

/// Adds security headers, and `Cache-Control: no-store` unless the handler set another value.
pub(super) async fn security(request: Request, next: Next) -> Response {
    let is_public = request.uri().path().starts_with(FOR_EVERY_ORIGIN);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if is_public {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Allows wallets of these origins to use the API; none by default.
pub(super) fn cors(origins: &[Origin]) -> CorsLayer {
    let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([header::RETRY_AFTER])
}
