//! `/api/v1/merchant/test/…`: real postings without a wallet, at mints of play money only.

use super::KEY;
use super::merchant::{PAYMENTS, Shop, id, pay};
use ecash_core::base64url::encode;
use ecash_harness::{Answer, Engine, TestMint, on_every_ledger};
use serde_json::{Value, json};

on_every_ledger! {
    a_payment_is_paid_and_refunded_without_a_wallet,
    a_payment_expires_at_once,
    payments_that_a_payer_could_not_make_are_rejected,
    real_money_has_no_such_route,
}

async fn play(shop: &Shop, payment: &Value, what: &str, body: Value) -> Answer {
    let path = format!("/api/v1/merchant/test/payments/{}/{what}", id(payment));
    shop.raw.post(&path, Some(&shop.key), None, &body).await
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.body);
}

async fn a_payment_is_paid_and_refunded_without_a_wallet(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::open(&mint, "merchant_shop", "read,payments,refunds").await;
    let payment =
        shop.created(json!({ "amount": 50, "tip_max": 10, "description": "x", "order_ref": "7" })).await;
    let body = json!({ "tip": 10, "refund_commitment": encode(&[7; 32]) });
    let paid = play(&shop, &payment, "pay", body.clone()).await;
    assert_eq!((paid.status, &paid.body["state"], &paid.body["tip"]), (200, &json!("paid"), &json!(10)));
    refused(&play(&shop, &payment, "pay", body).await, 409, "payment_paid");
    let receipt = mint.raw().get(&format!("/api/v1/payments/{}/receipt", id(&payment)), None).await;
    assert_eq!(receipt.body["total"], 60);
    let refunds = format!("{PAYMENTS}/{}/refunds", id(&payment));
    let refund = shop.raw.post(&refunds, Some(&shop.key), Some(KEY), &json!({})).await;
    assert_eq!((refund.status, &refund.body["amount"]), (201, &json!(60)), "{}", refund.body);
    mint.mint.number_events().await.unwrap();
    let events = shop.get("/api/v1/merchant/events").await.body;
    assert_eq!(events["data"][1]["type"], "payment.paid", "{events}");
    mint.assert_clean().await;
}

async fn a_payment_expires_at_once(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let payment = shop.created(json!({ "amount": 50, "description": "x" })).await;
    for _ in 0..2 {
        let expired = play(&shop, &payment, "expire", json!({})).await;
        assert_eq!((expired.status, &expired.body["state"]), (200, &json!("expired")));
    }
    refused(&pay(&mint, &payment, 50).await, 409, "payment_expired");
    let paid = shop.created(json!({ "amount": 50, "description": "x" })).await;
    assert_eq!(pay(&mint, &paid, 50).await.status, 200);
    assert_eq!(play(&shop, &paid, "expire", json!({})).await.body["state"], "paid");
    mint.assert_clean().await;
}

async fn payments_that_a_payer_could_not_make_are_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let payment = shop.created(json!({ "amount": 50, "description": "x" })).await;
    refused(&play(&shop, &payment, "pay", json!({ "tip": 10 })).await, 422, "payment_amount_mismatch");
    refused(
        &play(&shop, &payment, "pay", json!({ "refund_commitment": "AQ" })).await,
        400,
        "malformed_request",
    );
    let other = Shop::open(&mint, "merchant_other", "read,payments").await;
    for what in ["pay", "expire"] {
        refused(&play(&other, &payment, what, json!({})).await, 404, "payment_unknown");
    }
    assert_eq!(shop.get(&format!("{PAYMENTS}/{}", id(&payment))).await.body["state"], "open");
    mint.assert_clean().await;
}

async fn real_money_has_no_such_route(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("CURRENCY", "XTS")]).await;
    let shop = Shop::with_payments(&mint).await;
    let payment = shop.created(json!({ "amount": 50, "description": "x" })).await;
    for what in ["pay", "expire"] {
        refused(&play(&shop, &payment, what, json!({})).await, 404, "not_found");
    }
    assert_eq!(shop.get(&format!("{PAYMENTS}/{}", id(&payment))).await.body["state"], "open");
}
