//! `GET /api/v1/merchant/events` and `/events/stream`: every change of a merchant's payments and keys, once
//! and in order.

use super::merchant::{KEYS, PAYMENTS, Shop, id, pay};
use axum::body::{Body, BodyDataStream};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use ecash_harness::{Engine, TestMint, on_every_ledger};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::net::SocketAddr;
use tower::ServiceExt as _;

on_every_ledger! {
    every_change_is_one_event,
    events_are_read_after_the_last_one_that_was_read,
    old_events_are_deleted_and_reported_as_gone,
    a_stream_sends_missed_and_new_events,
}

const EVENTS: &str = "/api/v1/merchant/events";

async fn events(mint: &TestMint, shop: &Shop, query: &str) -> Vec<Value> {
    mint.mint.number_events().await.unwrap();
    let answer = shop.get(&format!("{EVENTS}{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"].as_array().unwrap().clone()
}

async fn every_change_is_one_event(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let other = Shop::open(&mint, "merchant_other", "read").await;
    let order = |minor: u64| json!({ "amount": minor, "description": "Order 7", "order_ref": "7" });
    let replaced = shop.created(order(50)).await;
    let paid = shop.created(order(100)).await;
    assert_eq!(pay(&mint, &paid, 100).await.status, 200);
    let cancelled = shop.created(json!({ "amount": 50, "description": "x" })).await;
    let cancel = format!("{PAYMENTS}/{}/cancel", id(&cancelled));
    for _ in 0..2 {
        assert_eq!(shop.raw.post(&cancel, Some(&shop.key), None, &json!({})).await.status, 200);
    }
    let expired = shop.created(json!({ "amount": 50, "description": "y", "expires_in": 5 })).await;
    mint.clock.advance(65);
    assert_eq!(mint.mint.expire_payments().await.unwrap(), 1);

    let told = events(&mint, &shop, "").await;
    let told_of = |event: &Value| {
        let payment = &event["data"]["payment"];
        (
            event["type"].as_str().unwrap().to_owned(),
            payment["payment_id"].clone(),
            payment["version"].clone(),
        )
    };
    let about = |kind: &str, payment: &Value| (kind.to_owned(), payment["payment_id"].clone(), json!(2));
    assert_eq!(
        told.iter().map(told_of).collect::<Vec<_>>(),
        [
            ("key.created".to_owned(), Value::Null, Value::Null),
            about("payment.cancelled", &replaced),
            about("payment.paid", &paid),
            about("payment.cancelled", &cancelled),
            about("payment.expired", &expired),
        ]
    );
    assert_eq!(told[0]["data"]["key"]["scopes"], json!(["read", "payments"]));
    // The whole payment, as its merchant reads it.
    assert_eq!(told[2]["data"]["payment"], shop.get(&format!("{PAYMENTS}/{}", id(&paid))).await.body);
    assert_eq!(told[2]["timestamp"], told[2]["data"]["payment"]["ended_at"]);
    let numbers: Vec<_> = told.iter().map(|event| event["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let ids: HashSet<_> = told.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert!(ids.len() == 5 && ids.iter().all(|id| id.len() == 26 && id.starts_with("evt_")), "{ids:?}");
    // Another mint returns the same, and another merchant gets none of it.
    let replica = mint.replica(|ledger| ledger).await;
    assert_eq!(replica.raw().get(EVENTS, Some(&shop.key)).await.body["data"], json!(told));
    let others = events(&mint, &other, "").await;
    assert_eq!(others.iter().map(|event| &event["type"]).collect::<Vec<_>>(), ["key.created"]);
    mint.assert_clean().await;
}

async fn events_are_read_after_the_last_one_that_was_read(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    for number in 0..4 {
        let asked = json!({ "amount": 50, "description": format!("{number}"), "order_ref": "7" });
        shop.created(asked).await;
    }
    let numbers = |events: &[Value]| events.iter().map(|event| event["number"].clone()).collect::<Vec<_>>();
    assert_eq!(numbers(&events(&mint, &shop, "?after=1").await), [2, 3, 4]);
    assert_eq!(numbers(&events(&mint, &shop, "?after=1&limit=2").await), [2, 3]);
    assert_eq!(shop.get(&format!("{EVENTS}?limit=2")).await.body["has_more"], true);
    assert_eq!(shop.get(&format!("{EVENTS}?after=2&limit=2")).await.body["has_more"], false);
    let newest =
        shop.get(&format!("{EVENTS}?after={}&limit=1", (1_u64 << 53) - 1)).await.body["newest"].clone();
    assert_eq!(newest, 4, "a reader may request only the newest number");
    assert_eq!(events(&mint, &shop, "?after=4").await, Vec::<Value>::new());
    // The reader read events that this ledger, restored from a backup, does not have.
    assert_eq!(shop.get(&format!("{EVENTS}?after=5")).await.code(), "events_gone");
    for bad in ["?limit=0", "?limit=101", "?after=-1", "?after=x"] {
        assert_eq!(shop.get(&format!("{EVENTS}{bad}")).await.code(), "malformed_request", "{bad}");
    }
}

async fn old_events_are_deleted_and_reported_as_gone(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    shop.raw.post(KEYS, Some(&shop.token), None, &json!({ "name": "b", "scopes": ["read"] })).await;
    assert_eq!(events(&mint, &shop, "").await.len(), 2);
    mint.clock.advance(91 * 86_400);
    mint.mint.forget_events().await.unwrap();
    let gone = shop.get(EVENTS).await;
    assert_eq!((gone.status, gone.code()), (410, "events_gone"));
    assert_eq!(shop.get(&format!("{EVENTS}/stream?after=0")).await.code(), "events_gone");
    assert_eq!(
        events(&mint, &shop, "?after=1").await.len(),
        1,
        "the last event is kept, so that numbers continue"
    );
    mint.assert_clean().await;
}

async fn open_stream(mint: &TestMint, shop: &Shop, query: &str, headers: &[(&str, &str)]) -> BodyDataStream {
    let client: SocketAddr = "127.0.0.1:5000".parse().unwrap();
    let mut request = Request::get(format!("{EVENTS}/stream{query}"))
        .header("authorization", format!("Bearer {}", shop.key))
        .extension(ConnectInfo(client));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = mint.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body().into_data_stream()
}

/// Reads the next event of a stream: its id, and its type.
async fn next(stream: &mut BodyDataStream) -> (String, String) {
    let chunk = stream.next().await.unwrap().unwrap();
    let text = String::from_utf8(chunk.to_vec()).unwrap();
    let field =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    assert_eq!(field("event: "), "event", "{text}");
    let event: Value = serde_json::from_str(&field("data: ")).unwrap();
    assert_eq!(field("id: "), event["number"].to_string());
    (field("id: "), event["type"].as_str().unwrap().to_owned())
}

async fn a_stream_sends_missed_and_new_events(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let payment = shop.created(json!({ "amount": 50, "description": "x" })).await;
    mint.mint.number_events().await.unwrap();
    let mut live = open_stream(&mint, &shop, "", &[]).await;
    let mut all = open_stream(&mint, &shop, "?after=0", &[]).await;
    assert_eq!(next(&mut all).await, ("1".to_owned(), "key.created".to_owned()));
    assert_eq!(pay(&mint, &payment, 50).await.status, 200);
    mint.mint.number_events().await.unwrap();
    let paid = ("2".to_owned(), "payment.paid".to_owned());
    assert_eq!((next(&mut live).await, next(&mut all).await), (paid.clone(), paid.clone()));
    // A client that reconnects sends the number of its last event.
    let mut resumed = open_stream(&mint, &shop, "?after=0", &[("last-event-id", "1")]).await;
    assert_eq!(next(&mut resumed).await, paid);
}
