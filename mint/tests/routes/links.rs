//! `/api/v1/merchant/links` and `/api/v1/links/{link_id}`: each use of a link creates a separate payment, and
//! a flooded link does not stop the shop.

use super::merchant::{Shop, pay};
use axum::http::Method;
use ecash_harness::{Answer, Engine, TestMint, on_every_ledger};
use serde_json::{Value, json};

on_every_ledger! {
    a_link_makes_payments_until_it_is_switched_off,
    the_payer_chooses_an_amount_that_the_link_leaves_open,
    invalid_links_are_rejected,
    a_flood_of_payments_stops_before_the_shop_does,
}

const LINKS: &str = "/api/v1/merchant/links";

async fn shop(mint: &TestMint) -> Shop {
    Shop::open(mint, "merchant_shop", "read,payments,links").await
}

async fn make(shop: &Shop, body: Value) -> Answer {
    shop.raw.post(LINKS, Some(&shop.key), None, &body).await
}

async fn made(shop: &Shop, body: Value) -> String {
    let answer = make(shop, body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["link_id"].as_str().unwrap().to_owned()
}

async fn used(mint: &TestMint, link_id: &str, body: Value) -> Answer {
    mint.raw().post(&format!("/api/v1/links/{link_id}/payments"), None, None, &body).await
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.body);
}

async fn a_link_makes_payments_until_it_is_switched_off(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("PUBLIC_ORIGIN", "https://mint.example")]).await;
    let shop = shop(&mint).await;
    let link = make(&shop, json!({ "title": "Coffee", "amount": 50, "tip_max": 10 })).await.body;
    let link_id = link["link_id"].as_str().unwrap();
    let expected = json!({
        "link_id": link_id, "url": format!("https://mint.example/#link={link_id}"), "title": "Coffee", "amount": 50,
        "tip_max": 10, "active": true, "created_at": "2026-01-01T00:00:00Z",
    });
    assert_eq!((&link, &shop.get(LINKS).await.body), (&expected, &json!({ "data": [expected] })));
    let public = mint.raw().get(&format!("/api/v1/links/{link_id}"), None).await.body;
    assert_eq!(
        (&public["title"], &public["amount"], &public["merchant"]["name"]),
        (&json!("Coffee"), &json!(50), &json!("merchant_shop"))
    );

    for _ in 0..2 {
        let payment = used(&mint, link_id, json!({ "note": "Table 4" })).await;
        assert_eq!(payment.status, 201, "{}", payment.body);
        assert_eq!(pay(&mint, &payment.body, 50).await.status, 200, "each use is paid separately");
    }
    let paid = shop.get(&format!("/api/v1/merchant/payments?order_ref={link_id}")).await.body;
    let paid = paid["data"].as_array().unwrap();
    assert_eq!(paid.len(), 2);
    assert_eq!(
        (&paid[0]["description"], &paid[0]["metadata"]["note"]),
        (&json!("Coffee"), &json!("Table 4"))
    );
    assert_eq!(paid[0]["expires_at"], "2026-01-01T00:15:00Z");

    let switch = async |active: bool, bearer: &str| {
        shop.send(Method::PATCH, &format!("{LINKS}/{link_id}"), bearer, &json!({ "active": active })).await
    };
    let other = Shop::open(&mint, "merchant_other", "links").await;
    refused(&switch(false, &other.key).await, 404, "link_unknown");
    assert_eq!(switch(false, &shop.key).await.body["active"], false);
    refused(&used(&mint, link_id, json!({})).await, 404, "link_unknown");
    refused(&mint.raw().get(&format!("/api/v1/links/{link_id}"), None).await, 404, "link_unknown");
    assert_eq!(switch(true, &shop.key).await.body["active"], true);
    assert_eq!(used(&mint, link_id, json!({})).await.status, 201);
    mint.assert_clean().await;
}

async fn the_payer_chooses_an_amount_that_the_link_leaves_open(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = shop(&mint).await;
    let (open, fixed) = (
        made(&shop, json!({ "title": "Gift" })).await,
        made(&shop, json!({ "title": "Tea", "amount": 50 })).await,
    );
    refused(&used(&mint, &open, json!({})).await, 400, "malformed_request");
    refused(&used(&mint, &open, json!({ "amount": 7 })).await, 422, "amount_not_payable");
    refused(&used(&mint, &open, json!({ "amount": 0 })).await, 400, "malformed_request");
    let payment = used(&mint, &open, json!({ "amount": 100 })).await;
    assert_eq!(pay(&mint, &payment.body, 100).await.status, 200);
    refused(&used(&mint, &fixed, json!({ "amount": 10 })).await, 400, "malformed_request");
}

async fn invalid_links_are_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = shop(&mint).await;
    for (body, status, code) in [
        (json!({}), 400, "malformed_request"),
        (json!({ "title": " " }), 400, "malformed_request"),
        (json!({ "title": "a\nb" }), 400, "malformed_request"),
        (json!({ "title": "x".repeat(201) }), 400, "malformed_request"),
        (json!({ "title": "x", "amount": 0 }), 400, "malformed_request"),
        (json!({ "title": "x", "amount": 7 }), 422, "amount_not_payable"),
    ] {
        refused(&make(&shop, body).await, status, code);
    }
    let link = made(&shop, json!({ "title": "x", "amount": 50 })).await;
    refused(&used(&mint, &link, json!({ "note": "x".repeat(81) })).await, 400, "malformed_request");
    for unknown in ["link_AAAAAAAAAAAAAAAAAAAAAA", "link_short", "pay_AAAAAAAAAAAAAAAAAAAAAA"] {
        refused(&used(&mint, unknown, json!({})).await, 404, "link_unknown");
    }
}

async fn a_flood_of_payments_stops_before_the_shop_does(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("RATE_LIMIT_PER_SECOND", "1000")]).await;
    let shop = shop(&mint).await;
    let link = made(&shop, json!({ "title": "x", "amount": 50 })).await;
    let path = format!("/api/v1/links/{link}/payments");
    // One client creates twenty and is then limited; another link is not affected.
    let mut answers = Vec::new();
    for _ in 0..21 {
        answers.push(used(&mint, &link, json!({})).await.status);
    }
    assert_eq!((answers.pop(), answers), (Some(429), vec![201; 20]));
    let other = made(&shop, json!({ "title": "y", "amount": 50 })).await;
    assert_eq!(used(&mint, &other, json!({})).await.status, 201);
    // Many clients create a hundred, and then all are limited.
    let mut refusal = None;
    for client in 0..40 {
        let raw = mint.raw().from_address(&format!("198.51.100.{client}:1"));
        for _ in 0..5 {
            let answer = raw.post(&path, None, None, &json!({})).await;
            if answer.status != 201 {
                refusal = Some(answer);
            }
        }
        if refusal.is_some() {
            break;
        }
    }
    refused(&refusal.expect("the link is full"), 429, "too_many_open");
    assert_eq!(shop.get("/api/v1/merchant").await.body["open_payments"], 101);
    shop.created(json!({ "amount": 50, "description": "the shop still sells" })).await;
    // They expire automatically.
    mint.clock.advance(1000);
    mint.mint.expire_payments().await.unwrap();
    assert_eq!(
        mint.raw().from_address("198.51.100.99:1").post(&path, None, None, &json!({})).await.status,
        201
    );
}
