//! Errors of all routes: invalid paths, methods, bodies and headers.

use super::OTHER_KEY;
use super::merchant::Shop;
use super::refusal::totals;
use axum::http::Method;
use ecash_core::wire::ErrorCode;
use ecash_harness::{Engine, TestMint, on_every_ledger};
use serde_json::json;

on_every_ledger! {
    malformed_requests_are_refused,
    o13_ambiguous_bodies_are_refused_by_every_route,
}

/// Method, path, headers, body, and the code of the refusal.
type Case<'a> = (&'a Method, &'a str, &'a [(&'a str, &'a str)], &'a [u8], ErrorCode);

async fn malformed_requests_are_refused(engine: Engine) {
    const VERIFY: &str = "/api/v1/verify";
    const JSON: (&str, &str) = ("content-type", "application/json");
    let (get, post) = (Method::GET, Method::POST);
    let long = vec![b' '; 1 << 21];
    let short_key = [JSON, ("idempotency-key", "short")];
    let cases: [Case<'_>; 13] = [
        (&get, "/api/v1/nothing", &[], b"", ErrorCode::NotFound),
        (&get, "/no/such/file", &[], b"", ErrorCode::NotFound),
        (&Method::DELETE, "/api/v1/keys", &[], b"", ErrorCode::MethodNotAllowed),
        (&post, VERIFY, &[], b"{}", ErrorCode::MalformedRequest),
        (&post, VERIFY, &[JSON], b"{", ErrorCode::MalformedRequest),
        (&post, VERIFY, &[JSON], &[0xff; 40], ErrorCode::MalformedRequest),
        (&post, VERIFY, &[JSON], b"{}", ErrorCode::MalformedRequest),
        (&post, VERIFY, &[JSON], &long, ErrorCode::BodyTooLarge),
        (&get, "/api/v1/keys?denomination=7", &[], b"", ErrorCode::UnsupportedDenomination),
        (&get, "/api/v1/keys?denomination=x", &[], b"", ErrorCode::MalformedRequest),
        (&get, "/api/v1/keys/key_999", &[], b"", ErrorCode::UnknownKey),
        (&get, "/api/v1/account", &[], b"", ErrorCode::Unauthorized),
        (&post, "/api/v1/redeem", &short_key, b"{}", ErrorCode::MalformedRequest),
    ];
    let mint = TestMint::start_on(engine).await;
    let before = totals(&mint).await;
    for (method, path, headers, body, code) in cases {
        let answer = mint.raw().send(method.clone(), path, headers, body.to_vec()).await;
        assert_eq!((answer.status, answer.code()), (code.status(), code.as_str()), "{method} {path}");
    }
    assert_eq!(totals(&mint).await, before);
}

/// A field that occurs twice, and an array in place of an object.
async fn o13_ambiguous_bodies_are_refused_by_every_route(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::open(&mint, "merchant_shop", "read,payments,links").await;
    let link = json!({ "title": "Coffee", "amount": 50 });
    let link = mint.raw().post("/api/v1/merchant/links", Some(&shop.key), None, &link).await;
    assert_eq!(link.status, 201, "{}", link.body);
    let before = totals(&mint).await;
    let bearer = format!("Bearer {}", shop.token);
    let headers =
        [("content-type", "application/json"), ("authorization", &bearer), ("idempotency-key", OTHER_KEY)];
    let description = serde_json::to_value(ecash_mint::http::description()).unwrap();
    let mut tried = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        let path = path.replace("{link_id}", link.body["link_id"].as_str().unwrap());
        let path = path.replace("{payment_id}", "pay_AAAAAAAAAAAAAAAAAAAAAA").replace(['{', '}'], "");
        for (method, operation) in methods.as_object().unwrap() {
            if operation["requestBody"].is_null() {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            for (body, why) in [(r#"{"x":1,"x":1}"#, "occurs twice"), (r#"[1,"a"]"#, "expected an object")] {
                let answer = mint.raw().send(method.clone(), &path, &headers, body.into()).await;
                let detail = answer.body["detail"].as_str().unwrap_or_default();
                assert_eq!(answer.code(), "malformed_request", "{method} {path} {body}: {}", answer.body);
                assert!(detail.contains(why), "{method} {path} {body}: {detail}");
                tried += 1;
            }
        }
    }
    assert!(tried > 40, "{tried} requests were tried");
    assert_eq!(totals(&mint).await, before);
}
