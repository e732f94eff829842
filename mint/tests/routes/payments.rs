//! `GET /api/v1/payments/{payment_id}` and `/events`, and the redemptions that pay.

use super::KEY;
use super::refusal::{assert_refused, case};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use ecash_core::idempotency::KeyedRoute;
use ecash_core::receipt::{ReceiptKey, SignedReceipt};
use ecash_core::wire::{ErrorCode, MerchantPayment, PaymentState};
use ecash_core::{AccountId, Amount};
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger};
use ecash_mint::service::{PaymentOrder, Received, ServiceError};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tower::ServiceExt as _;

on_every_ledger! {
    the_public_view_has_its_fields_and_no_others,
    unknown_payments_are_not_found,
    a_payment_is_paid_exactly_and_once,
    a_paid_payment_has_a_receipt_that_anyone_can_verify,
    redemptions_that_do_not_match_the_payment_are_rejected,
    an_order_is_paid_once,
    a_payment_that_ended_cannot_be_paid,
    nothing_is_paid_late_and_the_expiry_is_recorded_after_a_grace,
    of_two_payers_and_a_cancel_at_once_one_wins,
    amounts_that_no_wallet_can_pay_are_refused,
    fields_beyond_their_limits_are_refused,
    subscribers_see_the_payment_at_once_and_when_it_is_paid,
}

const REDEEM: &str = "/api/v1/redeem";

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn merchant() -> AccountId {
    AccountId::new("merchant_demo").unwrap()
}

fn order(minor: u64) -> PaymentOrder {
    PaymentOrder {
        merchant_id: merchant(),
        amount: amount(minor),
        tip_max: Amount::ZERO,
        description: "Order 1042".to_owned(),
        order_ref: None,
        is_split: false,
        details_box: None,
        details_hash: None,
        metadata: None,
        return_url: None,
        expires_in_s: 3600,
    }
}

async fn try_create(mint: &TestMint, order: PaymentOrder) -> Result<MerchantPayment, ServiceError> {
    let received = Received::new(KeyedRoute::Payments, Some(&order.merchant_id), None, [0; 32]);
    mint.mint.create_payment(received, order).await
}

async fn create(mint: &TestMint, order: PaymentOrder) -> MerchantPayment {
    try_create(mint, order).await.unwrap()
}

async fn view(mint: &TestMint, record: &MerchantPayment) -> Value {
    let answer = mint.raw().get(&format!("/api/v1/payments/{}", record.payment_id), None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn refusal<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> ErrorCode {
    match result {
        Err(ServiceError::Refused(refusal)) => refusal.code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

async fn the_public_view_has_its_fields_and_no_others(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let asked = PaymentOrder {
        tip_max: amount(10),
        order_ref: Some("1042".to_owned()),
        metadata: Some(json!({ "customer": 7 })),
        return_url: Some("http://localhost:3000/thanks".to_owned()),
        details_box: Some(vec![1, 2, 3]),
        details_hash: Some([7; 32]),
        ..order(120)
    };
    let record = create(&mint, asked).await;
    let shown = view(&mint, &record).await;
    assert_eq!(
        shown,
        json!({
            "payment_id": record.payment_id,
            "state": "open",
            "version": 1,
            "amount": 120,
            "tip_max": 10,
            "currency": { "code": "DEMO", "exponent": 0 },
            "description": "Order 1042",
            "details_box": "AQID",
            "details_hash": ecash_core::base64url::encode(&[7; 32]),
            "merchant": { "merchant_id": "merchant_demo", "name": "merchant_demo", "verified": false },
            "created_at": "2026-01-01T00:00:00Z",
            "expires_at": "2026-01-01T01:00:00Z",
            "demo": true,
            "server_time": "2026-01-01T00:00:00Z",
        })
    );
    // Readable from the page of any shop, without credentials.
    let path = format!("/api/v1/payments/{}", record.payment_id);
    let response = from_shop(&mint, &path).await;
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert!(!response.headers().contains_key("access-control-allow-credentials"));
}

async fn unknown_payments_are_not_found(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    for id in ["pay_1", "pay_AAAAAAAAAAAAAAAAAAAAAA", "tx_1"] {
        for suffix in ["", "/events", "/receipt"] {
            let answer = mint.raw().get(&format!("/api/v1/payments/{id}{suffix}"), None).await;
            assert_eq!((answer.status, answer.code()), (404, "payment_unknown"), "{id}{suffix}");
            // The page of a shop must be able to read the error.
            let response = from_shop(&mint, &format!("/api/v1/payments/{id}{suffix}")).await;
            assert_eq!(response.headers()["access-control-allow-origin"], "*", "{id}{suffix}");
        }
    }
}

async fn a_payment_is_paid_exactly_and_once(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let asked = PaymentOrder {
        tip_max: amount(10),
        return_url: Some("http://localhost:3000/thanks".to_owned()),
        ..order(100)
    };
    let record = create(&mint, asked).await;
    let tokens = wallet.withdraw(10, 11).await;
    let commitment = ecash_core::base64url::encode(&[9; 32]);
    let body = json!({
        "tokens": wallet.wire(&tokens),
        "payment_id": record.payment_id,
        "tip": 10,
        "refund_commitment": commitment,
    });
    let paid = mint.raw().post(REDEEM, None, Some(KEY), &body).await;
    assert_eq!((paid.status, &paid.body["redeemed_amount"]), (200, &json!(110)), "{}", paid.body);
    assert_eq!(paid.body["return_url"], "http://localhost:3000/thanks");
    let shown = view(&mint, &record).await;
    assert_eq!((&shown["state"], &shown["version"]), (&json!("paid"), &json!(2)));
    let stored = mint.ledger.payments.payment(&record.payment_id).await.unwrap().unwrap();
    assert_eq!((stored.tip, stored.refund_commitment), (amount(10), Some([9; 32])));
    // A repeat after a lost response, also at another mint.
    assert_eq!(mint.raw().post(REDEEM, None, Some(KEY), &body).await, paid);
    let replica = mint.replica(|ledger| ledger).await;
    assert_eq!(replica.raw().post(REDEEM, None, Some(KEY), &body).await, paid);
    // Another payer keeps the tokens.
    let tokens = wallet.withdraw(100, 1).await;
    let again = json!({ "tokens": wallet.wire(&tokens), "payment_id": record.payment_id });
    assert_refused(&mint, REDEEM, None, [case("paid before", again, ErrorCode::PaymentPaid)]).await;
    mint.assert_clean().await;
}

async fn a_paid_payment_has_a_receipt_that_anyone_can_verify(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("PUBLIC_ORIGIN", "https://mint.example")]).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let record =
        create(&mint, PaymentOrder { tip_max: amount(10), details_hash: Some([7; 32]), ..order(50) }).await;
    let path = format!("/api/v1/payments/{}/receipt", record.payment_id);
    let early = mint.raw().get(&path, None).await;
    assert_eq!((early.status, early.code()), (409, "payment_not_paid"));
    let tokens = wallet.withdraw(10, 6).await;
    let commitment = ecash_core::base64url::encode(&[9; 32]);
    let body = json!({
        "tokens": wallet.wire(&tokens), "payment_id": record.payment_id, "tip": 10, "refund_commitment": commitment,
    });
    let paid = mint.raw().post(REDEEM, None, Some(KEY), &body).await;
    assert_eq!(paid.status, 200, "{}", paid.body);
    let receipt = mint.raw().get(&path, None).await.body;
    assert_eq!(receipt, paid.body["receipt"], "the payer's receipt and the public one are the same");
    assert_eq!(
        receipt,
        json!({
            "ecash_receipt": 1, "kind": "payment", "mint": "https://mint.example",
            "institution_id": "inst_primary", "currency": { "code": "DEMO", "exponent": 0 },
            "payment_id": record.payment_id, "transaction_id": paid.body["transaction_id"],
            "merchant_id": "merchant_demo", "merchant_name": "merchant_demo",
            "amount": 50, "tip": 10, "total": 60, "description": "Order 1042",
            "details_hash": ecash_core::base64url::encode(&[7; 32]), "refund_commitment": commitment,
            "paid_at": paid.body["timestamp"],
            "receipt_key": receipt["receipt_key"], "signature": receipt["signature"],
        })
    );
    let keys = mint.raw().get("/api/v1/keys", None).await.body["receipt_keys"].clone();
    let keys: Vec<ReceiptKey> = serde_json::from_value(keys).unwrap();
    let receipt: SignedReceipt = serde_json::from_value(receipt).unwrap();
    assert!(receipt.verify(&keys).is_ok());
    // The name changes later; the receipt does not.
    mint.mint.rename_merchant(&merchant(), "Another name").await.unwrap();
    assert_eq!(mint.raw().get(&path, None).await.body, paid.body["receipt"]);
    let headers = from_shop(&mint, &path).await.headers().clone();
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert_eq!(headers["content-type"], "application/vnd.ecash.receipt+json");
    mint.assert_clean().await;
}

async fn redemptions_that_do_not_match_the_payment_are_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    mint.mint.create_merchant(&AccountId::new("merchant_other").unwrap(), None).await.unwrap();
    let mut wallet = RawWallet::open(mint.raw()).await;
    let record = create(&mint, PaymentOrder { tip_max: amount(10), ..order(100) }).await;
    let tokens = wallet.withdraw(50, 3).await;
    let wire = wallet.wire(&tokens);
    let id = record.payment_id.as_str();
    let exact = &wire[..2];
    let account_id = wallet.account_id.as_str();
    let other = json!({ "tokens": exact, "payment_id": id, "merchant_id": "merchant_other" });
    let account = json!({ "tokens": exact, "payment_id": id, "account_id": account_id });
    let short = json!({ "tokens": exact, "payment_id": id, "refund_commitment": "AAAA" });
    let loose_tip = json!({ "tokens": exact, "merchant_id": "merchant_demo", "tip": 0 });
    let cases = [
        case(
            "too little",
            json!({ "tokens": wire[..1], "payment_id": id }),
            ErrorCode::PaymentAmountMismatch,
        ),
        case("too much", json!({ "tokens": wire, "payment_id": id }), ErrorCode::PaymentAmountMismatch),
        case(
            "no tokens for the tip",
            json!({ "tokens": exact, "payment_id": id, "tip": 10 }),
            ErrorCode::PaymentAmountMismatch,
        ),
        case(
            "a tip above its limit",
            json!({ "tokens": wire, "payment_id": id, "tip": 50 }),
            ErrorCode::PaymentAmountMismatch,
        ),
        case("another merchant", other, ErrorCode::PaymentWrongMerchant),
        case("an account", account, ErrorCode::MalformedRequest),
        case("a short commitment", short, ErrorCode::MalformedRequest),
        case("a tip without a payment", loose_tip, ErrorCode::MalformedRequest),
        case(
            "an unknown payment",
            json!({ "tokens": exact, "payment_id": "pay_AAAAAAAAAAAAAAAAAAAAAA" }),
            ErrorCode::PaymentUnknown,
        ),
    ];
    assert_refused(&mint, REDEEM, None, cases).await;
    assert_eq!(view(&mint, &record).await["state"], "open");
    // The payment's own merchant may be named.
    let good = json!({ "tokens": exact, "payment_id": id, "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post(REDEEM, None, None, &good).await.status, 200);
}

async fn an_order_is_paid_once(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let replica = mint.replica(|ledger| ledger).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    // Two mints that create at the same moment may both find no payment of the order. At most one of the two
    // is paid.
    let mut both = Vec::new();
    for attempt in 0..50 {
        let of_order = || PaymentOrder { order_ref: Some(format!("order {attempt}")), ..order(50) };
        let (one, two) = tokio::join!(create(&mint, of_order()), create(&replica, of_order()));
        if one.payment_id != two.payment_id {
            both = vec![one, two];
            break;
        }
    }
    let [one, two] = both.as_slice() else { panic!("the two mints never raced") };
    let tokens = wallet.withdraw(50, 2).await;
    let wire = wallet.wire(&tokens);
    let pay = |payment: &MerchantPayment, index: usize| json!({ "tokens": [wire[index]], "payment_id": payment.payment_id });
    assert_eq!(mint.raw().post(REDEEM, None, None, &pay(one, 0)).await.status, 200);
    let second = case("the order is paid", pay(two, 1), ErrorCode::PaymentOrderPaid);
    assert_refused(&mint, REDEEM, None, [second]).await;
    assert_eq!(view(&mint, two).await["state"], "open");
    mint.assert_clean().await;
}

async fn a_payment_that_ended_cannot_be_paid(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let record = create(&mint, order(50)).await;
    let id = &record.payment_id;
    let other = AccountId::new("merchant_other").unwrap();
    assert_eq!(refusal(mint.mint.cancel_payment(&other, id).await), ErrorCode::PaymentUnknown);
    let cancelled = mint.mint.cancel_payment(&merchant(), id).await.unwrap();
    assert_eq!(cancelled.state, PaymentState::Cancelled);
    assert_eq!(mint.mint.cancel_payment(&merchant(), id).await.unwrap().state, PaymentState::Cancelled);
    assert_eq!(view(&mint, &record).await["state"], "cancelled");
    let tokens = wallet.withdraw(50, 2).await;
    let wire = wallet.wire(&tokens);
    let pay = json!({ "tokens": [wire[0]], "payment_id": id });
    assert_refused(&mint, REDEEM, None, [case("cancelled", pay, ErrorCode::PaymentCancelled)]).await;

    let paid = create(&mint, order(50)).await;
    let pay = json!({ "tokens": [wire[1]], "payment_id": paid.payment_id });
    assert_eq!(mint.raw().post(REDEEM, None, None, &pay).await.status, 200);
    let late = mint.mint.cancel_payment(&merchant(), &paid.payment_id).await;
    assert_eq!(refusal(late), ErrorCode::PaymentPaid);
    mint.assert_clean().await;
}

async fn nothing_is_paid_late_and_the_expiry_is_recorded_after_a_grace(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let (swept, read) = (create(&mint, order(50)).await, create(&mint, order(50)).await);
    let tokens = wallet.withdraw(50, 1).await;
    let pay = json!({ "tokens": wallet.wire(&tokens), "payment_id": swept.payment_id });
    let expires_at = swept.expires_at.unix_seconds();
    mint.clock.set(expires_at);
    assert_refused(&mint, REDEEM, None, [case("the very second", pay.clone(), ErrorCode::PaymentExpired)])
        .await;
    assert_eq!(mint.mint.expire_payments().await.unwrap(), 0, "within the grace nothing is recorded");
    assert_eq!(view(&mint, &swept).await["state"], "open");
    mint.clock.set(expires_at + 60);
    // Reading one records its expiry, and the sweeper that of the other.
    assert_eq!(view(&mint, &read).await["state"], "expired");
    assert_eq!(mint.mint.expire_payments().await.unwrap(), 1);
    assert_eq!(view(&mint, &swept).await["state"], "expired");
    assert_refused(&mint, REDEEM, None, [case("recorded", pay, ErrorCode::PaymentExpired)]).await;
    let cancel = mint.mint.cancel_payment(&merchant(), &swept.payment_id).await;
    assert_eq!(refusal(cancel), ErrorCode::PaymentExpired);
    mint.assert_clean().await;
}

async fn of_two_payers_and_a_cancel_at_once_one_wins(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let replica = mint.replica(|ledger| ledger).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    for round in 0..8 {
        let record = create(&mint, order(50)).await;
        let id = record.payment_id.clone();
        let tokens = wallet.withdraw(50, 2).await;
        let wire = wallet.wire(&tokens);
        let pay = |index: usize| json!({ "tokens": [wire[index]], "payment_id": id });
        let (one, two, bodies) = (mint.raw(), replica.raw(), [pay(0), pay(1)]);
        let merchant_id = merchant();
        let (first, second, cancelled) = tokio::join!(
            one.post(REDEEM, None, None, &bodies[0]),
            two.post(REDEEM, None, None, &bodies[1]),
            mint.mint.cancel_payment(&merchant_id, &id),
        );
        let paid = [&first, &second].into_iter().filter(|answer| answer.status == 200).count();
        assert_eq!(
            paid + usize::from(cancelled.is_ok()),
            1,
            "round {round}: {first:?} {second:?} {cancelled:?}"
        );
        let lost = [first, second].into_iter().filter(|answer| answer.status != 200);
        for answer in lost {
            assert!(["payment_paid", "payment_cancelled"].contains(&answer.code()), "{answer:?}");
        }
    }
    mint.assert_clean().await;
}

async fn amounts_that_no_wallet_can_pay_are_refused(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    for (minor, next) in [(1234, "1230 DEMO and 1240 DEMO"), (130_000, "128000 DEMO"), (5, "10 DEMO")] {
        match try_create(&mint, order(minor)).await {
            Err(ServiceError::Refused(refusal)) => {
                assert_eq!(refusal.code, ErrorCode::AmountNotPayable);
                assert!(refusal.detail.as_ref().is_some_and(|detail| detail.ends_with(next)), "{refusal:?}");
            }
            other => panic!("{minor}: {other:?}"),
        }
    }
    let unknown = PaymentOrder { merchant_id: AccountId::new("merchant_nobody").unwrap(), ..order(50) };
    assert_eq!(refusal(try_create(&mint, unknown).await), ErrorCode::UnknownMerchant);
}

async fn fields_beyond_their_limits_are_refused(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let bad = [
        PaymentOrder { amount: Amount::ZERO, ..order(50) },
        PaymentOrder { description: "x".repeat(201), ..order(50) },
        PaymentOrder { description: "two\nlines".to_owned(), ..order(50) },
        PaymentOrder { order_ref: Some(String::new()), ..order(50) },
        PaymentOrder { order_ref: Some("x".repeat(65)), ..order(50) },
        PaymentOrder { details_box: Some(vec![0; 4097]), ..order(50) },
        PaymentOrder { metadata: Some(json!("x".repeat(4096))), ..order(50) },
        PaymentOrder { return_url: Some("x".repeat(2049)), ..order(50) },
        PaymentOrder { expires_in_s: 4, ..order(50) },
        PaymentOrder { expires_in_s: 30 * 86_400 + 1, ..order(50) },
    ];
    for order in bad {
        assert_eq!(refusal(try_create(&mint, order.clone()).await), ErrorCode::MalformedRequest, "{order:?}");
    }
    let full = PaymentOrder {
        description: "é".repeat(200),
        order_ref: Some("é".repeat(64)),
        details_box: Some(vec![0; 4096]),
        metadata: Some(json!("x".repeat(4094))),
        return_url: Some(format!("http://localhost/{}", "x".repeat(2031))),
        expires_in_s: 5,
        ..order(50)
    };
    let record = create(&mint, full.clone()).await;
    let stored = mint.ledger.payments.payment(&record.payment_id).await.unwrap().unwrap();
    assert_eq!(stored.payment.description, full.description);
    assert_eq!((stored.payment.order_ref, stored.payment.metadata), (full.order_ref, full.metadata));
    assert_eq!((stored.payment.details_box, stored.payment.return_url), (full.details_box, full.return_url));
}

/// Sends a request from a page of a shop, and returns the whole response.
async fn from_shop(mint: &TestMint, path: &str) -> Response {
    let client: SocketAddr = "127.0.0.1:5000".parse().unwrap();
    let request = Request::get(path).header("origin", "https://shop.example").extension(ConnectInfo(client));
    mint.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

/// Reads the next event of a stream: its id, and the view.
async fn next_event(stream: &mut axum::body::BodyDataStream) -> (String, Value) {
    let chunk = stream.next().await.unwrap().unwrap();
    let text = String::from_utf8(chunk.to_vec()).unwrap();
    let field =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    assert_eq!(field("event: "), "payment");
    (field("id: "), serde_json::from_str(&field("data: ")).unwrap())
}

async fn subscribers_see_the_payment_at_once_and_when_it_is_paid(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let record = create(&mint, order(50)).await;
    let path = format!("/api/v1/payments/{}/events", record.payment_id);
    let response = from_shop(&mint, &path).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let mut stream = response.into_body().into_data_stream();
    let (id, shown) = next_event(&mut stream).await;
    assert_eq!((id.as_str(), &shown["state"]), ("1", &json!("open")));
    let tokens = wallet.withdraw(50, 1).await;
    let pay = json!({ "tokens": wallet.wire(&tokens), "payment_id": record.payment_id });
    assert_eq!(mint.raw().post(REDEEM, None, None, &pay).await.status, 200);
    let (id, shown) = next_event(&mut stream).await;
    assert_eq!((id.as_str(), &shown["state"]), ("2", &json!("paid")));
    // A payment has eight streams; the ninth client must poll.
    let mut streams = vec![stream];
    for _ in 1..8 {
        let response = from_shop(&mint, &path).await;
        assert_eq!(response.status(), 200);
        streams.push(response.into_body().into_data_stream());
    }
    assert_eq!(mint.raw().get(&path, None).await.code(), "overloaded");
}
