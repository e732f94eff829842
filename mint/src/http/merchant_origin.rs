//! Serves the merchant page on a separate origin (`MERCHANT_ORIGIN`). Browsers isolate origins, so a script
//! that an attacker injects into one of the two pages can read neither the API keys typed into the other nor
//! its stored tokens.
//!
//! The same rules are in `deployment/nginx/nginx.conf.template`, for files that nginx serves.

use super::problem::not_found;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use ecash_core::{Origin, host_of};
use std::sync::Arc;

/// The path of the merchant page.
const PAGE: &str = "/merchant/";
/// Files that the merchant page, or the pages of shops, need on its origin too.
const SHARED: [&str; 3] = [PAGE, "/checkout/", "/favicon.svg"];

/// Sends requests for the merchant page to its origin, and serves no wallet there.
pub(super) async fn keep_apart(
    State(origin): State<Option<Arc<Origin>>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(origin) = origin else { return next.run(request).await };
    let path = request.uri().path();
    let is_page = path.starts_with(PAGE) || path == PAGE.trim_end_matches('/');
    let is_there = is_there(&request, &origin);
    let leads_to_page = if is_there { path == "/" } else { is_page };
    if leads_to_page {
        return redirect(format!("{origin}{PAGE}"));
    }
    if is_there && !is_page && !SHARED.iter().any(|shared| path.starts_with(shared)) {
        return not_found().await.into_response();
    }
    next.run(request).await
}

/// Returns whether a request was made to `origin`. A reverse proxy may drop the port, so only names are
/// compared.
fn is_there(request: &Request, origin: &Origin) -> bool {
    let of_header = || request.headers().get(header::HOST)?.to_str().ok();
    let asked = request.uri().authority().map(axum::http::uri::Authority::as_str).or_else(of_header);
    asked.is_some_and(|authority| host_of(authority).eq_ignore_ascii_case(origin.host()))
}

fn redirect(to: String) -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to), (header::CACHE_CONTROL, "no-cache".to_owned())])
        .into_response()
}
