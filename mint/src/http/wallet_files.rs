//! Serves the files of the web wallet and of the checkout element, from a folder or, with the feature
//! `bundled`, from the binary.

use super::problem::not_found;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use std::path::Path;

/// Serves every path that is not an API route.
pub(super) fn router(wallet_dir: &Path) -> Router {
    files(wallet_dir).layer(from_fn(cache))
}

/// Serves a folder. A mint without the wallet's files still serves the API, so it starts. It logs a warning,
/// and `/` returns an explanation.
#[cfg(not(feature = "bundled"))]
fn files(wallet_dir: &Path) -> Router {
    use axum::handler::HandlerWithoutStateExt as _;
    use tower_http::services::ServeDir;
    if !wallet_dir.join("index.html").is_file() {
        tracing::warn!(
            folder = %wallet_dir.display(),
            "no web wallet in this folder: serving the API only; build it with `cargo xtask web`, or set ECASH_WALLET_DIR"
        );
        return Router::new().route("/", axum::routing::get(no_wallet)).fallback(not_found);
    }
    let folder = ServeDir::new(wallet_dir)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(not_found.into_service());
    Router::new().fallback_service(folder)
}

#[cfg(not(feature = "bundled"))]
async fn no_wallet() -> super::ApiError {
    super::ApiError::new(ecash_core::wire::ErrorCode::NotFound).because(
        "this mint serves no web wallet: its operator must set ECASH_WALLET_DIR to the folder of the wallet's files",
    )
}

#[cfg(feature = "bundled")]
fn files(_: &Path) -> Router {
    bundled::router()
}

#[cfg(feature = "bundled")]
mod bundled {
    use super::not_found;
    use axum::Router;
    use axum::http::{HeaderMap, Uri, header};
    use axum::response::{IntoResponse, Response};

    #[derive(rust_embed::Embed)]
    #[folder = "../dist"]
    struct Files;

    pub(super) fn router() -> Router {
        Router::new().fallback(serve)
    }

    async fn serve(uri: Uri, headers: HeaderMap) -> Response {
        let path = named(uri.path().trim_matches('/'));
        let accepts_brotli = headers
            .get(header::ACCEPT_ENCODING)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(',').any(|coding| coding.trim().starts_with("br")));
        let kind = mime_guess::from_path(&path).first_or_octet_stream().to_string();
        if accepts_brotli && let Some(file) = Files::get(&format!("{path}.br")) {
            let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_ENCODING, "br".to_owned())];
            return (headers, file.data).into_response();
        }
        match Files::get(&path) {
            Some(file) => ([(header::CONTENT_TYPE, kind)], file.data).into_response(),
            None => not_found().await.into_response(),
        }
    }

    /// Returns the file that a path names: a folder is its page.
    fn named(path: &str) -> String {
        let page = if path.is_empty() { "index.html".to_owned() } else { format!("{path}/index.html") };
        if Files::get(&page).is_some() { page } else { path.to_owned() }
    }
}

/// The folder of the checkout element, which shops load into their pages.
const CHECKOUT: &str = "/checkout/";

/// Lets clients cache files with a hash in their name forever, and revalidate all others each time. Lets the
/// pages of all shops load the checkout element, whatever isolation they require.
async fn cache(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let hashed = path.rsplit('/').next().is_some_and(is_hashed);
    let shared = path.starts_with(CHECKOUT);
    let mut response = next.run(request).await;
    if response.status().is_success() {
        let value = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
        if shared {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            let policy = HeaderName::from_static("cross-origin-resource-policy");
            headers.insert(policy, HeaderValue::from_static("cross-origin"));
        }
    }
    response
}

/// Returns whether a file's name ends with a hash as Trunk writes it: `NAME-HASH.js`, `NAME-HASH_bg.wasm`.
/// The hash is a 64-bit number in hexadecimal without leading zeros, so its length varies. Fewer than 8
/// digits are not accepted, because words consist of these letters too; a hash is that short once in 2^32
/// builds. nginx has the same rule (`deployment/nginx/nginx.conf.template`).
fn is_hashed(name: &str) -> bool {
    let Some((stem, "js" | "wasm" | "css")) = name.rsplit_once('.') else { return false };
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    stem.rsplit_once('-').is_some_and(|(_, hash)| hash.len() >= 8 && hash.bytes().all(hex))
}

#[cfg(test)]
mod tests {
    use super::is_hashed;

    #[test]
    fn w23_hashes_of_any_length_are_recognized() {
        for name in [
            "ecash-web-wallet-1234567890abcdef.js",
            "ecash-web-wallet-123456789abcdef_bg.wasm",
            "style-0a1b2c3d4e5f.css",
            "style-01234567.css",
        ] {
            assert!(is_hashed(name), "{name}");
        }
        for name in
            ["index.html", "start.js", "icon-192.png", "re-add.js", "style-1234567890abcdef.txt", "-.js"]
        {
            assert!(!is_hashed(name), "{name}");
        }
    }
}
