//! What every route refuses: paths, methods, bodies and headers that are not valid.

use super::refusal::totals;
use axum::http::Method;
use ecash_core::wire::ErrorCode;
use ecash_harness::{Engine, TestMint, on_every_ledger};

on_every_ledger! {
    malformed_requests_are_refused,
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
