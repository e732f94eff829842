//! Webhooks: what a merchant's server receives, whatever it responds and whichever dispatcher dies.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod shop;

use axum::http::Method;
use ecash_core::api_key::Scopes;
use ecash_core::{AccountId, Origin, Timestamp};
use ecash_harness::{Engine, on_every_ledger, wait_for};
use ecash_mint::dispatcher::dispatch_forever;
use ecash_mint::service::NewApiKey;
use serde_json::{Value, json};
use shop::{ENDPOINTS, Received, Server, Shop, path, refused};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;

on_every_ledger! {
    subscribed_events_are_posted_and_signed,
    a_server_that_is_down_for_days_gets_each_event_once,
    events_of_one_payment_stay_in_order_and_hold_up_no_other,
    a_dispatcher_that_dies_after_sending_sends_again_with_the_same_id,
    an_endpoint_that_answers_gone_or_fails_for_days_is_stopped,
    missed_events_are_sent_or_skipped_as_the_merchant_chooses,
    a_secret_is_rotated_with_a_day_of_both,
    only_public_addresses_are_connected_to,
    a_domain_that_names_its_merchant_is_verified,
    requests_about_endpoints_are_refused,
}

async fn subscribed_events_are_posted_and_signed(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.cancelled().await;
    let endpoint = shop.endpoint(&[]).await;
    let paid_only = shop.endpoint(&["payment.paid"]).await;
    assert_ne!(endpoint["secret"], paid_only["secret"]);
    let id = shop.cancelled().await;
    let received = shop.server.received(1).await.remove(0);
    let feed = shop.raw.get("/api/v1/merchant/events", Some(&shop.key)).await;
    assert_eq!(received.event(), feed.body["data"].as_array().unwrap().last().unwrap().clone());
    assert_eq!(received.event()["data"]["payment"]["payment_id"], id.as_str());
    assert_eq!(received.header("webhook-id"), received.event()["id"].as_str().unwrap());
    assert_eq!(received.header("webhook-timestamp"), shop.mint.clock.unix_seconds().to_string());
    assert_eq!(
        (received.header("content-type"), received.header("user-agent")),
        ("application/json", "ecash-mint/1")
    );
    assert_eq!(received.signed_by(&[endpoint["secret"].as_str().unwrap()]), [0]);
    let delivery = shop.delivery(&endpoint, 0, "delivered", 1).await;
    assert_eq!((&delivery["http_status"], &delivery["payment_id"]), (&json!(204), &json!(id)));
    assert_eq!(shop.deliveries(&paid_only).await, [] as [Value; 0]);

    // Sent once, and sent again on request with the same id.
    shop.advance(100_000).await;
    let number = delivery["number"].clone();
    let again = shop.post(&format!("{}/redeliver", path(&endpoint)), &json!({ "first": number })).await;
    assert_eq!(again.status, 202, "{}", again.body);
    let received = shop.server.received(2).await;
    assert_eq!(received[1].header("webhook-id"), received[0].header("webhook-id"));
    assert_eq!(received[1].body, received[0].body);

    // A test goes to one endpoint.
    assert_eq!(shop.post(&format!("{}/test", path(&paid_only)), &json!({})).await.status, 202);
    shop.wake().await;
    let test = shop.server.received(3).await.remove(2);
    assert_eq!(test.event()["type"], "endpoint.test");
    assert_eq!(test.event()["data"]["endpoint"]["endpoint_id"], paid_only["endpoint_id"]);
    shop.delivery(&paid_only, 0, "delivered", 1).await;
    assert_eq!(shop.deliveries(&endpoint).await.len(), 1);
    assert!(shop.mint.metrics().await.contains(r#"ecash_webhook_attempts_total{result="delivered"} 3"#));
    shop.mint.assert_clean().await;
}

async fn a_server_that_is_down_for_days_gets_each_event_once(engine: Engine) {
    let shop = Shop::open(engine).await;
    let endpoint = shop.endpoint(&[]).await;
    shop.server.answer(&[500]);
    let ids = [shop.cancelled().await, shop.cancelled().await];
    // Both deliveries fail in the same way. The pauses vary by a tenth, so the clock advances by a little
    // more than the longest.
    let pauses = [5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600];
    for (attempts, pause) in (1..).zip(pauses[..10].iter().copied()) {
        let first = shop.delivery(&endpoint, 0, "pending", attempts).await;
        shop.delivery(&endpoint, 1, "pending", attempts).await;
        assert_eq!((&first["error"], &first["http_status"]), (&json!("status"), &json!(500)));
        assert!(first["next_at"].is_string());
        // Retry-After of 7 seconds is honoured where it is longer.
        shop.advance(pause.max(6) + pause / 9 + 1).await;
    }
    assert!(shop.listed().await["failing_since"].is_string());
    shop.server.received(22).await;
    shop.server.answer(&[200]);
    shop.advance(24 * 3600 + 10_000).await;
    for index in 0..2 {
        shop.delivery(&endpoint, index, "delivered", 12).await;
    }
    let received = shop.server.received(24).await;
    let mut delivered: Vec<_> =
        received[22..].iter().map(|one| one.event()["data"]["payment"]["payment_id"].clone()).collect();
    delivered.sort_by_key(|id| ids.iter().position(|known| *id == known.as_str()));
    assert_eq!(delivered, ids);
    assert_eq!(shop.listed().await["failing_since"], Value::Null);
    shop.advance(1_000_000).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(shop.server.received(24).await.len(), 24);

    // Given up after the twelfth attempt.
    shop.server.answer(&[301]);
    shop.cancelled().await;
    for (attempts, pause) in (1..).zip(pauses) {
        shop.delivery(&endpoint, 0, "pending", attempts).await;
        shop.advance(pause.max(6) + pause / 9 + 1).await;
    }
    shop.delivery(&endpoint, 0, "given_up", 12).await;
    assert_eq!(shop.server.received(36).await.len(), 36, "redirects are not followed");
    shop.mint.assert_clean().await;
}

async fn events_of_one_payment_stay_in_order_and_hold_up_no_other(engine: Engine) {
    let shop = Shop::open(engine).await;
    let endpoint = shop.endpoint(&[]).await;
    // A later event of the same payment, as refunds will be.
    shop.server.answer(&[500]);
    let id = shop.cancelled().await;
    shop.delivery(&endpoint, 0, "pending", 1).await;
    shop.server.answer(&[204]);
    let other = shop.cancelled().await;
    shop.delivery(&endpoint, 0, "delivered", 1).await;
    let received = shop.server.received(2).await;
    let about = |received: &Received| received.event()["data"]["payment"]["payment_id"].clone();
    assert_eq!((about(&received[0]), about(&received[1])), (json!(id), json!(other)));
    shop.advance(10).await;
    shop.delivery(&endpoint, 1, "delivered", 2).await;
}

async fn a_dispatcher_that_dies_after_sending_sends_again_with_the_same_id(engine: Engine) {
    let shop = Shop::open(engine).await;
    let endpoint = shop.endpoint(&[]).await;
    *shop.server.answers.lock().unwrap() = vec![(204, Duration::from_secs(3600)), (204, Duration::ZERO)];
    shop.cancelled().await;
    shop.server.received(1).await;
    // The process dies after the server received the event and before it responded. All tasks end with the
    // mint.
    let webhooks = &shop.mint.ledger.webhooks;
    shop.dispatcher.abort();
    let at = |seconds| Timestamp::from_unix_seconds(shop.mint.clock.unix_seconds() + seconds);
    assert_eq!(webhooks.due_endpoints(at(59), 10).await.unwrap(), [], "the dead dispatcher holds the lease");
    assert_eq!(webhooks.due_endpoints(at(60), 10).await.unwrap().len(), 1);
    let second = shop.mint.replica_with(&[("WEBHOOK_ALLOW", &shop.server.allow())]).await;
    tokio::spawn(dispatch_forever(Arc::downgrade(&second.mint)));
    shop.advance(60).await;
    let received = shop.server.received(2).await;
    assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
    assert_eq!(received[0].body, received[1].body);
    shop.delivery(&endpoint, 0, "delivered", 2).await;
    shop.mint.assert_clean().await;
}

async fn an_endpoint_that_answers_gone_or_fails_for_days_is_stopped(engine: Engine) {
    let shop = Shop::open(engine).await;
    let endpoint = shop.endpoint(&[]).await;
    let state = async |state: &str| {
        for _ in 0..6000 {
            if shop.listed().await["state"] == state {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not {state}: {}", shop.listed().await);
    };
    let enable = json!({ "state": "enabled", "send_missed": true });
    shop.server.answer(&[410]);
    shop.cancelled().await;
    state("paused").await;
    shop.cancelled().await;
    assert_eq!(shop.deliveries(&endpoint).await.len(), 1, "a paused endpoint gets no deliveries");

    shop.server.answer(&[503]);
    assert_eq!(shop.send(Method::PATCH, &path(&endpoint), &enable).await.body["state"], "enabled");
    shop.advance(10).await;
    // The first event has one more attempt, whose response was 410.
    let failed = async |attempts| {
        shop.delivery(&endpoint, 0, "pending", attempts).await;
        shop.delivery(&endpoint, 1, "pending", attempts + 1).await;
    };
    failed(1).await;
    // Days without an attempt do not count as days of failure.
    shop.advance(6 * 86_400).await;
    failed(2).await;
    for attempts in 3..=6 {
        shop.advance(86_400).await;
        failed(attempts).await;
        assert_eq!(shop.listed().await["state"], "enabled");
    }
    shop.advance(86_400).await;
    failed(7).await;
    state("disabled").await;
    shop.wake().await;
    let feed = shop.raw.get("/api/v1/merchant/events", Some(&shop.key)).await.body["data"].clone();
    let told: Vec<_> =
        feed.as_array().unwrap().iter().filter(|event| event["type"] == "endpoint.disabled").collect();
    let states: Vec<_> = told.iter().map(|event| event["data"]["endpoint"]["state"].clone()).collect();
    assert_eq!(states, [json!("paused"), json!("disabled")]);
    shop.server.answer(&[204]);
    assert_eq!(shop.send(Method::PATCH, &path(&endpoint), &enable).await.body["state"], "enabled");
    shop.advance(100_000).await;
    shop.delivery(&endpoint, 1, "delivered", 9).await;
    shop.delivery(&endpoint, 0, "delivered", 8).await;
    shop.mint.assert_clean().await;
}

async fn missed_events_are_sent_or_skipped_as_the_merchant_chooses(engine: Engine) {
    let shop = Shop::open(engine).await;
    let endpoint = shop.endpoint(&[]).await;
    let change = async |body: Value| {
        let changed = shop.send(Method::PATCH, &path(&endpoint), &body).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        shop.wake().await;
        changed.body
    };
    change(json!({ "state": "paused" })).await;
    let missed = shop.cancelled().await;
    change(json!({ "state": "enabled", "send_missed": true })).await;
    assert_eq!(shop.server.received(1).await[0].event()["data"]["payment"]["payment_id"], missed.as_str());
    change(json!({ "state": "paused" })).await;
    shop.cancelled().await;
    let changed = change(
        json!({ "state": "enabled", "kinds": ["payment.cancelled"], "url": shop.server.url() + "?v=2" }),
    )
    .await;
    assert_eq!(changed["url"], shop.server.url() + "?v=2");
    assert_eq!(changed["kinds"], json!(["payment.cancelled"]));
    let next = shop.cancelled().await;
    assert_eq!(shop.server.received(2).await[1].event()["data"]["payment"]["payment_id"], next.as_str());
    for _ in 0..2 {
        assert_eq!(shop.send(Method::DELETE, &path(&endpoint), &Value::Null).await.status, 204);
    }
    assert_eq!(shop.listed().await, Value::Null);
}

async fn a_secret_is_rotated_with_a_day_of_both(engine: Engine) {
    let shop = Shop::open(engine).await;
    let endpoint = shop.endpoint(&[]).await;
    let rotated = shop.post(&format!("{}/rotate", path(&endpoint)), &json!({})).await.body;
    let secrets = [&rotated, &endpoint].map(|made| made["secret"].as_str().unwrap());
    assert_ne!(secrets[0], secrets[1]);
    assert_eq!(rotated["old_secret_until"], "2026-01-02T00:00:00Z");
    shop.cancelled().await;
    assert_eq!(shop.server.received(1).await[0].signed_by(&secrets), [0, 1]);
    // The response of a rotation may be lost: a repeat within the day returns the same secret.
    let again = shop.post(&format!("{}/rotate", path(&endpoint)), &json!({})).await.body;
    assert_eq!(again, rotated);
    shop.advance(86_400).await;
    shop.cancelled().await;
    assert_eq!(shop.server.received(2).await[1].signed_by(&secrets), [0]);
    let third = shop.post(&format!("{}/rotate", path(&endpoint)), &json!({})).await.body;
    assert_ne!(third["secret"], rotated["secret"]);
    assert!(!shop.listed().await.to_string().contains("whsec_"));
    assert!(!shop.mint.metrics().await.contains("whsec_"));
}

async fn only_public_addresses_are_connected_to(engine: Engine) {
    let shop = Shop::open(engine).await;
    // A name in this machine's own network, which is not allowed with this port.
    let other = Server::start().await;
    let at = |url: String| json!({ "url": url });
    refused(&shop.post(ENDPOINTS, &at(other.url())).await, 422, "webhook_url_refused");
    refused(
        &shop.post(ENDPOINTS, &at(format!("https://127.0.0.1:{}/", other.port))).await,
        422,
        "webhook_url_refused",
    );
    let made = shop.post(ENDPOINTS, &at("https://nowhere.invalid/hook".to_owned())).await.body;
    shop.cancelled().await;
    assert_eq!(shop.delivery(&made, 0, "pending", 1).await["error"], "name_unknown");
    assert_eq!(other.received.lock().unwrap().len(), 0);
    // An allowed host that does not speak TLS.
    let made = shop.post(ENDPOINTS, &at(format!("https://localhost:{}/hook", shop.server.port))).await.body;
    shop.cancelled().await;
    assert_eq!(shop.delivery(&made, 0, "pending", 1).await["error"], "tls");
}

async fn a_domain_that_names_its_merchant_is_verified(engine: Engine) {
    let shop = Shop::open(engine).await;
    let merchant_id = AccountId::new("merchant_shop").unwrap();
    let origin = Origin::new(format!("https://{}", shop.server.allow())).unwrap();
    let domains = async || {
        let answer = shop.raw.get("/api/v1/merchant", Some(&shop.key)).await;
        answer.body["domains"].clone()
    };
    let wait = async |verified: bool| {
        wait_for("the domain's state", async || domains().await[0]["verified"] == verified).await;
    };
    let reads = || shop.server.file_reads.load(Ordering::SeqCst);
    // The server here does not speak TLS, so the check fails. The test uses an allowed host over plain HTTP.
    shop.mint.mint.claim_domain(&merchant_id, origin).await.unwrap();
    assert_eq!(domains().await[0]["verified"], false);
    let plain = Origin::new(format!("http://{}", shop.server.allow())).unwrap();
    let domain = ecash_ledger::DomainRecord { origin: plain, is_verified: false };
    shop.mint
        .mint
        .drop_domain(&merchant_id, Origin::new(format!("https://{}", shop.server.allow())).unwrap())
        .await
        .unwrap();
    *shop.server.file.lock().unwrap() = json!({ "merchants": ["merchant_other"] }).to_string();
    shop.mint.mint.put_domain(&merchant_id, domain.clone()).await.unwrap();
    wait_for("a check", async || reads() > 0).await;
    assert_eq!(domains().await[0]["verified"], false);
    *shop.server.file.lock().unwrap() =
        json!({ "merchants": ["merchant_other", "merchant_shop"] }).to_string();
    shop.advance(60).await;
    wait(true).await;
    // The domain is sold, and a month later the file is missing. It counts as unverified after a week of
    // failures, not after one.
    *shop.server.file.lock().unwrap() = "<html>".to_owned();
    let before = reads();
    shop.mint.clock.advance_days(30);
    for failed in 1..=7 {
        assert_eq!(domains().await[0]["verified"], true, "after {} failures", failed - 1);
        let read = || wait_for("a check", async || reads() >= before + failed);
        // If the clock was advanced before the last check was noted, the next one is due a day later.
        while timeout(Duration::from_secs(3), read()).await.is_err() {
            shop.mint.clock.advance_days(1);
        }
        shop.mint.clock.advance_days(1);
    }
    wait(false).await;
    shop.wake().await;
    let feed = shop.raw.get("/api/v1/merchant/events", Some(&shop.key)).await.body["data"].clone();
    let told: Vec<_> = feed.as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(told, ["key.created", "domain.verified", "domain.unverified"]);
    shop.mint.assert_clean().await;
}

async fn requests_about_endpoints_are_refused(engine: Engine) {
    let shop = Shop::open(engine).await;
    let endpoint = shop.endpoint(&[]).await;
    let unknown = format!("{ENDPOINTS}/we_AAAAAAAAAAAAAAAAAAAAAA");
    let url = shop.server.url();
    for (body, status, code) in [
        (json!({}), 400, "malformed_request"),
        (json!({ "url": 7 }), 400, "malformed_request"),
        (json!({ "url": "https://10.0.0.1/" }), 422, "webhook_url_refused"),
        (json!({ "url": url, "kinds": ["payment.created"] }), 400, "malformed_request"),
        (json!({ "url": url, "kinds": ["key.created"] }), 400, "malformed_request"),
        (json!({ "url": format!("https://a.example/{}", "x".repeat(2100)) }), 422, "webhook_url_refused"),
    ] {
        refused(&shop.post(ENDPOINTS, &body).await, status, code);
    }
    for (body, status, code) in [
        (json!({ "state": "disabled" }), 400, "malformed_request"),
        (json!({ "state": "on" }), 400, "malformed_request"),
        (json!({ "url": "http://a.example/" }), 422, "webhook_url_refused"),
        (json!({ "kinds": [""] }), 400, "malformed_request"),
    ] {
        refused(&shop.send(Method::PATCH, &path(&endpoint), &body).await, status, code);
    }
    for body in [
        json!({}),
        json!({ "first": 0 }),
        json!({ "first": 2, "last": 1 }),
        json!({ "first": 1, "last": 1001 }),
    ] {
        let answer = shop.post(&format!("{}/redeliver", path(&endpoint)), &body).await;
        refused(&answer, 400, "malformed_request");
    }
    refused(
        &shop.raw.get(&format!("{}/deliveries?limit=0", path(&endpoint)), Some(&shop.key)).await,
        400,
        "malformed_request",
    );
    let paused = shop.send(Method::PATCH, &path(&endpoint), &json!({ "state": "paused" })).await;
    assert_eq!(paused.status, 200);
    for action in ["test", "redeliver"] {
        let answer = shop.post(&format!("{}/{action}", path(&endpoint)), &json!({ "first": 1 })).await;
        refused(&answer, 409, "endpoint_not_enabled");
    }
    for action in ["rotate", "test"] {
        refused(&shop.post(&format!("{unknown}/{action}"), &json!({})).await, 404, "endpoint_unknown");
    }
    refused(
        &shop.post(&format!("{unknown}/redeliver"), &json!({ "first": 1 })).await,
        404,
        "endpoint_unknown",
    );
    refused(&shop.send(Method::PATCH, &unknown, &json!({})).await, 404, "endpoint_unknown");
    refused(&shop.raw.get(&format!("{unknown}/deliveries"), Some(&shop.key)).await, 404, "endpoint_unknown");
    for _ in 0..9 {
        shop.endpoint(&[]).await;
    }
    refused(&shop.post(ENDPOINTS, &json!({ "url": url })).await, 422, "too_many_entries");
    others_endpoints_are_refused(&shop, &endpoint).await;
    assert_eq!(shop.server.received.lock().unwrap().len(), 0);
}

/// Another merchant's endpoint is unknown, and a key needs the scope.
async fn others_endpoints_are_refused(shop: &Shop, endpoint: &Value) {
    let other = AccountId::new("merchant_other").unwrap();
    shop.mint.mint.create_merchant(&other, None).await.unwrap();
    let key = async |scopes: &str| {
        let wanted =
            NewApiKey { name: "k".to_owned(), scopes: Scopes::parse(scopes).unwrap(), expires_in_s: None };
        shop.mint.mint.create_api_key_of(&other, wanted).await.unwrap().secret
    };
    let others = key("webhooks").await;
    let test = format!("{}/test", path(endpoint));
    refused(&shop.raw.post(&test, Some(&others), None, &json!({})).await, 404, "endpoint_unknown");
    let reader = key("read,payments").await;
    for (method, path) in [
        (Method::GET, ENDPOINTS.to_owned()),
        (Method::POST, ENDPOINTS.to_owned()),
        (Method::PATCH, path(endpoint)),
        (Method::DELETE, path(endpoint)),
        (Method::GET, format!("{}/deliveries", path(endpoint))),
        (Method::POST, test),
    ] {
        let bearer = format!("Bearer {reader}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = json!({ "url": shop.server.url() }).to_string().into_bytes();
        refused(&shop.raw.send(method, &path, &headers, body).await, 403, "insufficient_scope");
    }
}
