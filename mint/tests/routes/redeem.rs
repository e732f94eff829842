//! `POST /api/v1/redeem`

use super::KEY;
use super::refusal::{assert_refused, case, totals};
use ecash_core::base64url;
use ecash_core::wire::ErrorCode;
use ecash_harness::{Engine, RawWallet, TestMint, WriteFault, faulty_ledger, on_every_ledger};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;

on_every_ledger! {
    tokens_that_are_not_valid_are_refused,
    payees_and_lists_that_are_not_valid_are_refused,
    one_spent_token_fails_the_whole_request,
    expired_tokens_are_refused,
    repeats_return_the_stored_response,
    refusals_are_not_stored,
    a_database_that_refuses_writes_is_unavailable,
    a_conflicting_request_that_waits_too_long_is_overloaded,
}

const PATH: &str = "/api/v1/redeem";

async fn tokens_that_are_not_valid_are_refused(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let good = serde_json::to_value(wallet.wire(&tokens)).unwrap();
    let changed = |field: &str, value: Value| {
        let mut token = good[0].clone();
        token[field] = value;
        json!({ "tokens": [token], "merchant_id": "merchant_demo" })
    };
    let bytes = |bytes: &[u8]| json!(base64url::encode(bytes));
    let mut keyless = good[0].clone();
    keyless.as_object_mut().unwrap().remove("key_id");
    keyless["denomination"] = json!(70);
    let keyless = json!({ "tokens": [keyless], "merchant_id": "merchant_demo" });
    let without_key_id = |token: &Value| {
        let mut token = token.clone();
        token.as_object_mut().unwrap().remove("key_id");
        token
    };
    let many = json!({ "tokens": vec![without_key_id(&good[0]); 17], "merchant_id": "merchant_demo" });
    let other_institution = changed("institution_id", json!("inst_other"));
    let short_serial = changed("serial", json!("short"));
    let mut cases = vec![
        case("another institution", other_institution, ErrorCode::WrongInstitution),
        case("an undefined kind", changed("kind", json!(1)), ErrorCode::UnsupportedKind),
        case("an unknown key", changed("key_id", bytes(&[3; 32])), ErrorCode::UnknownKey),
        case("another denomination", changed("denomination", json!(1000)), ErrorCode::TokenInvalid),
        case("another serial", changed("serial", bytes(&[3; 32])), ErrorCode::TokenInvalid),
        case("a short serial", short_serial, ErrorCode::MalformedRequest).in_field("tokens[0].serial"),
        case("h2: more than 16 tokens without a key", many, ErrorCode::KeyIdRequired).at_index(16),
        case("no key of this denomination", keyless, ErrorCode::UnsupportedDenomination),
    ];
    for bad in [vec![], vec![0; 128], vec![255; 128], vec![1; 127], vec![1; 384]] {
        cases.push(case("another signature", changed("signature", bytes(&bad)), ErrorCode::TokenInvalid));
    }
    assert_refused(&mint, PATH, None, cases).await;
}

async fn payees_and_lists_that_are_not_valid_are_refused(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 2).await;
    let good = serde_json::to_value(wallet.wire(&tokens)).unwrap();
    let to = |field: &str, payee: &str| json!({ "tokens": good, field: payee });
    let payment = json!({ "tokens": good, "merchant_id": "merchant_demo", "payment_id": "pay_1" });
    let twice = json!({ "tokens": [good[0], good[1], good[0]], "merchant_id": "merchant_demo" });
    let many: Vec<_> = (0..129).map(|_| good[0].clone()).collect();
    let many = json!({ "tokens": many, "merchant_id": "merchant_demo" });
    let cases = [
        case("an unknown merchant", to("merchant_id", "merchant_nobody"), ErrorCode::UnknownMerchant),
        case("a system account", to("merchant_id", "treasury"), ErrorCode::UnknownMerchant),
        case("not a merchant", to("merchant_id", &wallet.account_id), ErrorCode::UnknownMerchant),
        case("an unknown account", to("account_id", "acc_nobody"), ErrorCode::UnknownAccount),
        case("no payee", to("memo", "nobody"), ErrorCode::MalformedRequest),
        case("an unknown payment", payment, ErrorCode::PaymentUnknown),
        case("a token twice", twice, ErrorCode::DuplicateToken).at_index(2),
        case("129 tokens", many, ErrorCode::TooManyItems),
    ];
    assert_refused(&mint, PATH, None, cases).await;
}

async fn one_spent_token_fails_the_whole_request(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 3).await;
    let wire = wallet.wire(&tokens);
    let one = json!({ "tokens": [wire[1]], "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post(PATH, None, None, &one).await.status, 200);
    let all = json!({ "tokens": wire, "merchant_id": "merchant_demo" });
    let refused = case("one of three is spent", all, ErrorCode::TokenAlreadySpent).at_index(1);
    assert_refused(&mint, PATH, None, [refused]).await;
}

async fn expired_tokens_are_refused(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    mint.clock.advance_days(121);
    let body = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    assert_refused(&mint, PATH, None, [case("after 121 days", body, ErrorCode::TokenExpired)]).await;
}

async fn repeats_return_the_stored_response(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let redeem = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    let first = mint.raw().post(PATH, None, Some(KEY), &redeem).await;
    assert_eq!((first.status, &first.body["redeemed_amount"]), (200, &json!(50)));
    assert_eq!(mint.raw().post(PATH, None, Some(KEY), &redeem).await, first);
    // Without the idempotency key it is a second redemption.
    assert_eq!(mint.raw().post(PATH, None, None, &redeem).await.code(), "token_already_spent");
    mint.assert_clean().await;
}

async fn refusals_are_not_stored(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let wire = wallet.wire(&tokens);
    let wrong = json!({ "tokens": wire, "merchant_id": "merchant_nobody" });
    assert_eq!(mint.raw().post(PATH, None, Some(KEY), &wrong).await.status, 404);
    let right = json!({ "tokens": wire, "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post(PATH, None, Some(KEY), &right).await.status, 200);
}

async fn a_database_that_refuses_writes_is_unavailable(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let body = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    let before = totals(&mint).await;
    let failing = mint.replica(|inner| faulty_ledger(inner, WriteFault::Fails)).await;
    let answer = failing.raw().post(PATH, None, Some(KEY), &body).await;
    assert_eq!((answer.status, answer.code()), (503, "unavailable"));
    assert!(answer.retry_after_s.is_some());
    assert_eq!(totals(&mint).await, before);
    // The same request with the same key succeeds at a mint whose writes work.
    assert_eq!(mint.raw().post(PATH, None, Some(KEY), &body).await.status, 200);
}

/// A request whose commit hangs holds the token; a second one for the same token gets 503 with `Retry-After`.
async fn a_conflicting_request_that_waits_too_long_is_overloaded(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let body = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    let before = totals(&mint).await;
    let reached = Arc::new(Notify::new());
    let hanging = mint.replica(|inner| faulty_ledger(inner, WriteFault::Hangs(reached.clone()))).await;
    let (first, second) = (hanging.raw(), hanging.raw());
    let held = tokio::spawn({
        let body = body.clone();
        async move { first.post(PATH, None, None, &body).await }
    });
    reached.notified().await;
    let answer = second.post(PATH, None, None, &body).await;
    assert_eq!((answer.status, answer.code()), (503, "overloaded"));
    assert!(answer.retry_after_s.is_some());
    held.abort();
    assert_eq!(totals(&mint).await, before);
}
