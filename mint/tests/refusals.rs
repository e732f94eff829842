//! Every error code that can occur, provoked over the routes; each shows that nothing changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::wire::ErrorCode;
use ecash_harness::{
    Engine, RawWallet, TestMint, WriteFault, faulty_ledger, on_every_ledger, output_requests,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_every_ledger! {
    withdrawals_are_refused_with_their_codes,
    a_change_of_keys_asks_for_key_ids_and_ends_issuing,
    tokens_are_refused_with_their_codes,
    requests_that_are_no_requests_are_refused,
    clients_over_their_limits_are_told_when_to_come_back,
    a_database_that_refuses_writes_is_unavailable_and_a_rival_that_waits_too_long_overloaded,
}

const KEY: &str = "idempotency-key-000001";

/// What must not change when a request is refused.
async fn totals(mint: &TestMint) -> (u64, u64, u64, i64) {
    let report = mint.audit().await;
    assert_eq!(report.violations, []);
    (report.operations, report.issued_tokens, report.spent_tokens, report.accounts_minor)
}

/// Sends and expects a refusal that changes nothing; answers its body.
async fn refused(mint: &TestMint, path: &str, token: Option<&str>, body: &Value, code: ErrorCode) -> Value {
    let before = totals(mint).await;
    let answer = mint.raw().post(path, token, None, body).await;
    assert_eq!(answer.code(), code.as_str(), "{path}: {}", answer.body);
    assert_eq!(answer.status, code.status(), "{path}");
    assert_eq!(totals(mint).await, before, "{path}: {code} changed something");
    answer.body
}

async fn withdrawals_are_refused_with_their_codes(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let token = wallet.token.clone();
    let path = "/api/v1/withdraw";
    let good = wallet.outputs(10, 2);
    let outputs = output_requests(&good);
    let send = async |body: Value, code| refused(&mint, path, Some(&token), &body, code).await;

    let body = json!({ "amount": 20, "outputs": outputs });
    refused(&mint, path, None, &body, ErrorCode::Unauthorized).await;
    refused(&mint, path, Some("AAAA"), &body, ErrorCode::Unauthorized).await;
    let stranger = ecash_core::base64url::encode(&[9; 32]);
    refused(&mint, path, Some(&stranger), &body, ErrorCode::Unauthorized).await;

    send(json!({ "amount": 30, "outputs": outputs }), ErrorCode::AmountMismatch).await;
    send(json!({ "amount": 20 }), ErrorCode::MalformedRequest).await;
    send(
        json!({ "amount": 20, "denomination": 10, "blinded_tokens": [], "outputs": [] }),
        ErrorCode::MalformedRequest,
    )
    .await;
    let field = send(json!({ "amount": "20", "outputs": outputs }), ErrorCode::MalformedRequest).await;
    assert_eq!(field["field"], "amount");
    send(json!({ "amount": 0, "outputs": [] }), ErrorCode::TooManyItems).await;
    let many: Vec<_> = (0..129).map(|_| outputs[0].clone()).collect();
    send(json!({ "amount": 1290, "outputs": many }), ErrorCode::TooManyItems).await;
    let twice = json!({ "amount": 20, "outputs": [outputs[0], outputs[0]] });
    assert_eq!(send(twice, ErrorCode::DuplicateToken).await["index"], 1);

    let with_token = |blinded: &str| json!({ "amount": 10, "outputs": [{ "key_id": outputs[0]["key_id"], "blinded_token": blinded }] });
    let k = good.key().public.k();
    let number = |last: u8| [vec![0; k - 1], vec![last]].concat();
    let mut minus_one = good.key().public.n().to_vec();
    *minus_one.last_mut().unwrap() -= 1;
    for bad in [
        number(0),
        number(1),
        minus_one,
        good.key().public.n().to_vec(),
        vec![255; k],
        vec![2; k - 1],
        vec![],
    ] {
        let body = with_token(&ecash_core::base64url::encode(&bad));
        assert_eq!(send(body, ErrorCode::BlindedTokenOutOfRange).await["index"], 0);
    }
    let unknown = json!({ "amount": 10, "outputs": [{ "key_id": ecash_core::base64url::encode(&[1; 32]), "blinded_token": outputs[0]["blinded_token"] }] });
    send(unknown, ErrorCode::UnknownKey).await;
    let odd = json!({ "amount": 7, "denomination": 7, "blinded_tokens": [outputs[0]["blinded_token"]] });
    send(odd, ErrorCode::UnsupportedDenomination).await;

    let rich = wallet.outputs(1000, 11);
    let too_much = json!({ "amount": 11_000, "outputs": output_requests(&rich) });
    send(too_much, ErrorCode::InsufficientBalance).await;

    let first = mint.raw().post(path, Some(&token), Some(KEY), &body).await;
    assert_eq!(first.status, 200);
    send(body.clone(), ErrorCode::BlindedTokenAlreadySigned).await;
    assert_eq!(wallet.balance().await, 9_980);

    // The short form, as published.
    let short = wallet.outputs(50, 2);
    let blinded: Vec<_> =
        output_requests(&short).as_array().unwrap().iter().map(|o| o["blinded_token"].clone()).collect();
    let body = json!({ "amount": 100, "denomination": 50, "blinded_tokens": blinded });
    let answer = mint.raw().post(path, Some(&token), None, &body).await;
    assert_eq!((answer.status, answer.body["blind_signatures"].as_array().unwrap().len()), (200, 2));
    assert!(answer.body["expires_at"].as_str().unwrap().ends_with('Z'));
}

async fn a_change_of_keys_asks_for_key_ids_and_ends_issuing(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let token = wallet.token.clone();
    let outputs = wallet.outputs(10, 1);
    let blinded = output_requests(&outputs)[0]["blinded_token"].clone();
    mint.clock.advance_days(29);
    let short = json!({ "amount": 10, "denomination": 10, "blinded_tokens": [blinded] });
    refused(&mint, "/api/v1/withdraw", Some(&token), &short, ErrorCode::KeyIdRequired).await;
    mint.clock.advance_days(1);
    let long = json!({ "amount": 10, "outputs": output_requests(&outputs) });
    refused(&mint, "/api/v1/withdraw", Some(&token), &long, ErrorCode::KeyNotIssuing).await;
    let swap = json!({ "tokens": [], "outputs": output_requests(&outputs) });
    refused(&mint, "/api/v1/swap", None, &swap, ErrorCode::TooManyItems).await;
}

async fn tokens_are_refused_with_their_codes(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 3).await;
    let wire = wallet.wire(&tokens);
    let good = serde_json::to_value(&wire).unwrap();
    let changed = |field: &str, value: Value| {
        let mut token = good[0].clone();
        token[field] = value;
        json!({ "tokens": [token], "merchant_id": "merchant_demo" })
    };
    let path = "/api/v1/redeem";
    let send = async |body: Value, code| refused(&mint, path, None, &body, code).await;

    send(changed("institution_id", json!("inst_other")), ErrorCode::WrongInstitution).await;
    send(changed("kind", json!(1)), ErrorCode::UnsupportedKind).await;
    send(changed("key_id", json!(ecash_core::base64url::encode(&[3; 32]))), ErrorCode::UnknownKey).await;
    send(changed("denomination", json!(1000)), ErrorCode::TokenInvalid).await;
    send(changed("serial", json!(ecash_core::base64url::encode(&[3; 32]))), ErrorCode::TokenInvalid).await;
    for bad in [vec![], vec![0; 128], vec![255; 128], vec![1; 127], vec![1; 384]] {
        send(changed("signature", json!(ecash_core::base64url::encode(&bad))), ErrorCode::TokenInvalid).await;
    }
    let malformed = send(changed("serial", json!("short")), ErrorCode::MalformedRequest).await;
    assert_eq!(malformed["field"], "tokens[0].serial");
    let mut keyless = good[0].clone();
    keyless.as_object_mut().unwrap().remove("key_id");
    keyless["denomination"] = json!(70);
    send(json!({ "tokens": [keyless], "merchant_id": "merchant_demo" }), ErrorCode::UnsupportedDenomination)
        .await;

    let to = |field: &str, who: &str| json!({ "tokens": good, field: who });
    send(to("merchant_id", "merchant_nobody"), ErrorCode::UnknownMerchant).await;
    send(to("merchant_id", "treasury"), ErrorCode::UnknownMerchant).await;
    send(to("merchant_id", &wallet.account_id), ErrorCode::UnknownMerchant).await;
    send(to("account_id", "acc_nobody"), ErrorCode::UnknownAccount).await;
    send(to("memo", "nobody"), ErrorCode::MalformedRequest).await;
    let payment = json!({ "tokens": good, "merchant_id": "merchant_demo", "payment_id": "pay_1" });
    send(payment, ErrorCode::PaymentUnknown).await;
    let twice = json!({ "tokens": [good[0], good[1], good[0]], "merchant_id": "merchant_demo" });
    assert_eq!(send(twice, ErrorCode::DuplicateToken).await["index"], 2);
    let many: Vec<_> = (0..129).map(|_| good[0].clone()).collect();
    send(json!({ "tokens": many, "merchant_id": "merchant_demo" }), ErrorCode::TooManyItems).await;

    // One bad token fails the whole request and spends none.
    let one = json!({ "tokens": [good[1]], "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post(path, None, None, &one).await.status, 200);
    let body = to("merchant_id", "merchant_demo");
    assert_eq!(send(body, ErrorCode::TokenAlreadySpent).await["index"], 1);

    // A swap's sums are equal, and its refusals name tokens and outputs too.
    let outputs = wallet.outputs(10, 4);
    let unequal = json!({ "tokens": [good[0]], "outputs": output_requests(&outputs) });
    refused(&mint, "/api/v1/swap", None, &unequal, ErrorCode::AmountMismatch).await;
    mint.clock.advance_days(121);
    send(json!({ "tokens": [good[0]], "merchant_id": "merchant_demo" }), ErrorCode::TokenExpired).await;
}

async fn requests_that_are_no_requests_are_refused(engine: Engine) {
    use axum::http::Method;
    let mint = TestMint::start_on(engine).await;
    let raw = mint.raw();
    let before = totals(&mint).await;
    let json_type = [("content-type", "application/json")];
    let send = async |method, path: &str, headers: &[(&str, &str)], body: &[u8]| {
        raw.send(method, path, headers, body.to_vec()).await
    };
    let cases = [
        (send(Method::GET, "/api/v1/nothing", &[], b"").await, ErrorCode::NotFound),
        (send(Method::GET, "/no/such/file", &[], b"").await, ErrorCode::NotFound),
        (send(Method::DELETE, "/api/v1/keys", &[], b"").await, ErrorCode::MethodNotAllowed),
        (send(Method::POST, "/api/v1/verify", &[], b"{}").await, ErrorCode::MalformedRequest),
        (send(Method::POST, "/api/v1/verify", &json_type, b"{").await, ErrorCode::MalformedRequest),
        (send(Method::POST, "/api/v1/verify", &json_type, &[0xff; 40]).await, ErrorCode::MalformedRequest),
        (send(Method::POST, "/api/v1/verify", &json_type, b"{}").await, ErrorCode::MalformedRequest),
        (
            send(Method::POST, "/api/v1/verify", &json_type, &vec![b' '; 1 << 21]).await,
            ErrorCode::BodyTooLarge,
        ),
        (
            send(Method::GET, "/api/v1/keys?denomination=7", &[], b"").await,
            ErrorCode::UnsupportedDenomination,
        ),
        (send(Method::GET, "/api/v1/keys?denomination=x", &[], b"").await, ErrorCode::MalformedRequest),
        (send(Method::GET, "/api/v1/keys/key_999", &[], b"").await, ErrorCode::UnknownKey),
        (send(Method::GET, "/api/v1/account", &[], b"").await, ErrorCode::Unauthorized),
    ];
    for (answer, code) in cases {
        assert_eq!((answer.status, answer.code()), (code.status(), code.as_str()), "{}", answer.body);
    }
    let short_key = [json_type[0], ("idempotency-key", "short")];
    let answer = send(Method::POST, "/api/v1/redeem", &short_key, b"{}").await;
    assert_eq!(answer.code(), "malformed_request");
    assert_eq!(totals(&mint).await, before);
}

async fn clients_over_their_limits_are_told_when_to_come_back(engine: Engine) {
    let limits = [
        ("RATE_LIMIT_PER_SECOND", "10"),
        ("WITHDRAW_RATE_LIMIT_PER_SECOND", "5"),
        ("SIGNATURE_LIMIT_PER_SECOND", "100"),
    ];
    let mint = TestMint::start_on_with(engine, &limits).await;
    let busy = mint.raw().from_address("192.0.2.1:5000");
    let mut limited = 0;
    for _ in 0..40 {
        let answer = busy.get("/api/v1/keys", None).await;
        if answer.status == 429 {
            assert_eq!(answer.code(), "rate_limited");
            assert!(answer.retry_after_s.is_some_and(|seconds| seconds >= 1));
            limited += 1;
        }
    }
    assert!(limited >= 15, "{limited} of 40 were limited");
    // Another client is not held back, and neither is a health check.
    assert_eq!(mint.raw().from_address("192.0.2.2:5000").get("/api/v1/keys", None).await.status, 200);
    assert_eq!(busy.get("/health", None).await.status, 200);

    // Signatures are counted by their number, not by requests.
    let client = mint.raw().from_address("192.0.2.3:5000");
    let mut wallet = RawWallet::open(client.clone()).await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        let outputs = wallet.outputs(10, 128);
        let body = json!({ "amount": 1280, "outputs": output_requests(&outputs) });
        let answer = client.post("/api/v1/withdraw", Some(&wallet.token), None, &body).await;
        codes.push(answer.status);
    }
    assert_eq!(codes, [200, 200, 429]);
    mint.assert_clean().await;
}

async fn a_database_that_refuses_writes_is_unavailable_and_a_rival_that_waits_too_long_overloaded(
    engine: Engine,
) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let body = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    let before = totals(&mint).await;
    let path = "/api/v1/redeem";

    let failing = mint.replica(|inner| faulty_ledger(inner, WriteFault::Fails)).await;
    let answer = failing.raw().post(path, None, Some(KEY), &body).await;
    assert_eq!((answer.status, answer.code()), (503, "unavailable"));
    assert!(answer.retry_after_s.is_some());

    // The first holds the token and never ends; its rival is told to come back.
    let hanging = mint.replica(|inner| faulty_ledger(inner, WriteFault::Hangs)).await;
    let (first, second) = (hanging.raw(), hanging.raw());
    let held = tokio::spawn({
        let body = body.clone();
        async move { first.post(path, None, None, &body).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let answer = second.post(path, None, None, &body).await;
    assert_eq!((answer.status, answer.code()), (503, "overloaded"));
    assert!(answer.retry_after_s.is_some());
    held.abort();

    assert_eq!(totals(&mint).await, before);
    // The same request with the same key succeeds where writes work.
    assert_eq!(mint.raw().post(path, None, Some(KEY), &body).await.status, 200);
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

/// S5 at the mint itself: forwarding headers count only where they come from its proxy.
#[tokio::test]
async fn s5_only_the_proxy_is_believed() {
    let limits = [("RATE_LIMIT_PER_SECOND", "2"), ("TRUSTED_PROXIES", "10.0.0.5, 172.16.0.0/12")];
    let mint = TestMint::start_with(&limits).await;
    let limited = async |address: &str, forwarded: fn(usize) -> String| {
        let client = mint.raw().from_address(address);
        let mut limited = 0;
        for number in 0..20 {
            let forwarded = forwarded(number);
            let headers = [("x-forwarded-for", forwarded.as_str())];
            let answer = client.send(axum::http::Method::GET, "/api/v1/keys", &headers, Vec::new()).await;
            limited += usize::from(answer.status == 429);
        }
        limited
    };
    let each_another = |number: usize| format!("203.0.113.{number}");
    assert!(limited("198.51.100.1:1", each_another).await >= 12, "a stranger's headers are not believed");
    assert_eq!(limited("10.0.0.5:1", each_another).await, 0);
    assert_eq!(limited("172.18.0.9:1", |number| format!("2001:db8:{number}::1")).await, 0);
    assert!(
        limited("10.0.0.5:1", |number| format!("9.9.9.{number}, 8.8.8.8")).await >= 12,
        "a list is not ours"
    );
}
