//! `GET /openapi.json` and `/docs`: the description of the API for programs and for people.

use ecash_core::wire::ErrorCode;
use ecash_harness::{Engine, TestMint, on_every_ledger};
use std::collections::BTreeSet;

on_every_ledger! {
    the_description_lists_every_route,
    o14_the_description_names_every_error_and_parameter,
}

async fn the_description_lists_every_route(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let description = mint.raw().get("/openapi.json", None).await.body;
    let mut paths: Vec<_> = description["paths"].as_object().unwrap().keys().cloned().collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            "/api/v1/account",
            "/api/v1/account/events",
            "/api/v1/accounts",
            "/api/v1/cancel",
            "/api/v1/keys",
            "/api/v1/keys/{keyset_id}",
            "/api/v1/links/{link_id}",
            "/api/v1/links/{link_id}/payments",
            "/api/v1/merchant",
            "/api/v1/merchant/domains",
            "/api/v1/merchant/endpoints",
            "/api/v1/merchant/endpoints/{endpoint_id}",
            "/api/v1/merchant/endpoints/{endpoint_id}/deliveries",
            "/api/v1/merchant/endpoints/{endpoint_id}/redeliver",
            "/api/v1/merchant/endpoints/{endpoint_id}/rotate",
            "/api/v1/merchant/endpoints/{endpoint_id}/test",
            "/api/v1/merchant/events",
            "/api/v1/merchant/events/stream",
            "/api/v1/merchant/export.csv",
            "/api/v1/merchant/keys",
            "/api/v1/merchant/keys/{key_id}",
            "/api/v1/merchant/keys/{key_id}/rotate",
            "/api/v1/merchant/links",
            "/api/v1/merchant/links/{link_id}",
            "/api/v1/merchant/payments",
            "/api/v1/merchant/payments/{payment_id}",
            "/api/v1/merchant/payments/{payment_id}/cancel",
            "/api/v1/merchant/payments/{payment_id}/refunds",
            "/api/v1/merchant/payouts",
            "/api/v1/merchant/receipts.zip",
            "/api/v1/merchant/statement",
            "/api/v1/merchant/takings",
            "/api/v1/merchant/test/payments/{payment_id}/expire",
            "/api/v1/merchant/test/payments/{payment_id}/pay",
            "/api/v1/payments/{payment_id}",
            "/api/v1/payments/{payment_id}/events",
            "/api/v1/payments/{payment_id}/receipt",
            "/api/v1/payments/{payment_id}/refunds/claim",
            "/api/v1/redeem",
            "/api/v1/restore",
            "/api/v1/swap",
            "/api/v1/verify",
            "/api/v1/withdraw",
            "/health",
            "/health/live",
            "/health/ready",
        ]
    );
}

#[tokio::test]
async fn the_reference_page_lists_every_route_and_problems_lead_to_their_page() {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;
    let mint = TestMint::start().await;
    let get = async |path: &str| {
        let request = axum::http::Request::get(path).body(Body::empty()).unwrap();
        let response = mint.router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
    };
    let page = get("/docs").await;
    for path in ecash_mint::http::description().paths.paths.keys() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
    }
    assert!(page.contains("id=\"type-WithdrawRequest\"") && !page.contains("<script"));
    let problem = mint.raw().get("/nothing", None).await;
    let link = problem.body["type"].as_str().unwrap();
    let (path, anchor) = link.split_once('#').unwrap();
    assert!(get(path).await.contains(&format!("id=\"{anchor}\"")), "{link}");
    assert!(get("/docs/style.css").await.contains("prefers-color-scheme"));
}

/// docs/errors.md, the code table and these tests must name the same codes.
#[test]
fn the_documents_list_every_code_with_its_status() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors.md")).unwrap();
    let documented: BTreeSet<(String, u16)> = text
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split('|');
            let code = cells.next()?.trim().trim_end_matches('`').to_owned();
            Some((code, cells.next()?.trim().parse().ok()?))
        })
        .collect();
    let known = ErrorCode::ALL.iter().map(|code| (code.as_str().to_owned(), code.status())).collect();
    assert_eq!(documented, known);
}

async fn o14_the_description_names_every_error_and_parameter(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let description = mint.raw().get("/openapi.json", None).await.body;
    let mut codes = description["components"]["schemas"]["ErrorCode"]["enum"].as_array().unwrap().clone();
    // What a client of this version reads for a code of a later one.
    codes.retain(|code| code != "unknown");
    let expected: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, expected);
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().unwrap();
            for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                assert!(parameters.iter().any(|parameter| parameter["name"] == name), "{method} {path}");
            }
            let responses = operation["responses"].as_object().unwrap();
            let mut common = vec!["503"];
            if path.starts_with("/api/") {
                common.extend(["400", "429"]);
            }
            if !operation["requestBody"].is_null() {
                common.extend(["408", "413"]);
            }
            for status in common {
                assert!(responses.contains_key(status), "{method} {path}: {status}");
            }
            for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
                let content = response["content"].as_object().unwrap();
                let problem = content.contains_key("application/problem+json")
                    || path == "/health/ready"
                    || path == "/health";
                assert!(problem && content.len() == 1, "{method} {path}: {status}");
            }
        }
    }
}
