//! `/api/v1/merchant/payouts`: takings leave the books once, when the operator settles the payout.

use super::merchant::{Shop, pay};
use super::{KEY, OTHER_KEY};
use ecash_core::PayoutId;
use ecash_harness::{Answer, Engine, TestMint, on_every_ledger};
use ecash_mint::service::PayoutDecision;
use serde_json::{Value, json};

on_every_ledger! {
    takings_are_reserved_and_settled_or_returned_once,
    invalid_payouts_are_rejected,
}

const PAYOUTS: &str = "/api/v1/merchant/payouts";

/// A merchant that has taken 100.
async fn shop(mint: &TestMint) -> Shop {
    let shop = Shop::open(mint, "merchant_shop", "read,payments,payouts").await;
    let payment = shop.created(json!({ "amount": 100, "description": "x" })).await;
    assert_eq!(pay(mint, &payment, 100).await.status, 200);
    shop
}

async fn request(shop: &Shop, key: &str, body: Value) -> Answer {
    shop.raw.post(PAYOUTS, Some(&shop.key), Some(key), &body).await
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.body);
}

async fn takings_are_reserved_and_settled_or_returned_once(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = shop(&mint).await;
    let body = json!({ "amount": 70, "reference": "March" });
    let first = request(&shop, KEY, body.clone()).await;
    let payout_id = first.body["payout_id"].as_str().unwrap().to_owned();
    assert_eq!(
        (first.status, &first.body),
        (
            201,
            &json!({
                "payout_id": payout_id, "merchant_id": "merchant_shop", "amount": 70, "reference": "March",
                "state": "requested", "requested_at": "2026-01-01T00:00:00Z",
            })
        )
    );
    assert_eq!(request(&shop, KEY, body).await, first, "a repeat reserves nothing");
    refused(&request(&shop, KEY, json!({ "amount": 10 })).await, 409, "idempotency_key_reused");
    let second = request(&shop, OTHER_KEY, json!({ "amount": 30 })).await.body;
    assert_eq!(shop.get("/api/v1/merchant").await.body["balance"], 0);
    assert_eq!(mint.mint.open_payouts(10).await.unwrap().len(), 2);

    let id = |text: &str| PayoutId::new(text).unwrap();
    let settle = || PayoutDecision::Settle("bank-2026-0002".to_owned());
    let reject = || PayoutDecision::Reject("account closed".to_owned());
    let settled = mint.mint.end_payout(&id(&payout_id), settle()).await.unwrap();
    assert_eq!(mint.mint.end_payout(&id(&payout_id), settle()).await.unwrap(), settled);
    assert_eq!(
        mint.mint.end_payout(&id(&payout_id), reject()).await.unwrap(),
        settled,
        "the first decision is final"
    );
    mint.mint.end_payout(&id(second["payout_id"].as_str().unwrap()), reject()).await.unwrap();
    assert_eq!(shop.get("/api/v1/merchant").await.body["balance"], 30);
    let listed = shop.get(PAYOUTS).await.body["data"].clone();
    let mut states: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["state"].clone(), one["external_reference"].clone()))
        .collect();
    states.sort_by_key(|(state, _)| state.to_string());
    assert_eq!(
        states,
        [(json!("rejected"), json!("account closed")), (json!("settled"), json!("bank-2026-0002"))]
    );
    let page = shop.get(&format!("{PAYOUTS}?limit=1")).await.body;
    let next = page["next_before"].as_str().unwrap();
    let rest = shop.get(&format!("{PAYOUTS}?limit=1&before={next}")).await.body;
    assert_ne!(rest["data"][0], page["data"][0]);

    mint.mint.number_events().await.unwrap();
    let events = shop.get("/api/v1/merchant/events").await.body["data"].clone();
    let told: Vec<_> =
        events.as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(told, ["key.created", "payment.paid", "payout.settled", "payout.rejected"]);
    assert_eq!(events[2]["data"]["payout"]["payout_id"], payout_id.as_str());
    // The money has left the mint, so the treasury, which mirrors the money outside, has decreased by the
    // same amount.
    let report = mint.audit().await;
    assert_eq!((report.violations, report.treasury_minor), (Vec::new(), 70 - 10_000));
}

async fn invalid_payouts_are_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = shop(&mint).await;
    for (body, status, code) in [
        (json!({ "amount": 101 }), 422, "insufficient_balance"),
        (json!({ "amount": 0 }), 400, "malformed_request"),
        (json!({ "amount": 1.5 }), 400, "malformed_request"),
        (json!({}), 400, "malformed_request"),
        (json!({ "amount": 10, "reference": "a\nb" }), 400, "malformed_request"),
        (json!({ "amount": 10, "reference": "x".repeat(65) }), 400, "malformed_request"),
    ] {
        refused(&request(&shop, KEY, body).await, status, code);
    }
    let keyless = shop.raw.post(PAYOUTS, Some(&shop.key), None, &json!({ "amount": 10 })).await;
    refused(&keyless, 400, "malformed_request");
    refused(&shop.get(&format!("{PAYOUTS}?limit=0")).await, 400, "malformed_request");
    let reader = Shop::open(&mint, "merchant_other", "read,payments,refunds").await;
    refused(&request(&reader, KEY, json!({ "amount": 10 })).await, 403, "insufficient_scope");
    refused(&reader.get(PAYOUTS).await, 403, "insufficient_scope");
    let unknown = PayoutId::from_random(&[9; 16]);
    assert!(mint.mint.end_payout(&unknown, PayoutDecision::Settle("x".to_owned())).await.is_err());
    let empty = mint.mint.end_payout(&unknown, PayoutDecision::Settle(" ".to_owned())).await;
    assert!(empty.is_err());
    assert_eq!(shop.get("/api/v1/merchant").await.body["balance"], 100);
    mint.assert_clean().await;
}
