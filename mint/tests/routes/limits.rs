//! Rate limits, per client.

use super::merchant::{Shop, id};
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger, output_requests, wait_for};
use serde_json::json;

on_every_ledger! {
    clients_over_their_limits_are_told_when_to_come_back,
    o18_one_client_does_not_take_all_event_streams,
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
    // Other clients and health checks are not limited.
    assert_eq!(mint.raw().from_address("192.0.2.2:5000").get("/api/v1/keys", None).await.status, 200);
    assert_eq!(busy.get("/health", None).await.status, 200);

    // The signature limit counts signatures, not requests.
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

async fn o18_one_client_does_not_take_all_event_streams(engine: Engine) {
    let settings =
        [("LIVE_LISTENERS", "40"), ("TRUSTED_PROXIES", "127.0.0.1"), ("RATE_LIMIT_PER_SECOND", "1000")];
    let mint = TestMint::start_on_with(engine, &settings).await;
    let shop = Shop::with_payments(&mint).await;
    let mut payments = Vec::new();
    for _ in 0..3 {
        payments.push(shop.created(json!({ "amount": 50, "description": "x" })).await);
    }
    let (http, url) = (reqwest::Client::new(), format!("http://{}", mint.serve().await));
    let open = async |client: &str, number: usize| {
        let path = format!("{url}/api/v1/payments/{}/events", id(&payments[number % 3]));
        http.get(path).header("x-forwarded-for", client).send().await.unwrap()
    };
    let mut streams = Vec::new();
    for number in 0..16 {
        let stream = open("203.0.113.1", number).await;
        assert_eq!(stream.status(), 200, "stream {number}");
        streams.push(stream);
    }
    let refused = open("203.0.113.1", 0).await;
    assert_eq!(refused.status(), 503);
    assert!(refused.text().await.unwrap().contains("overloaded"));
    assert_eq!(open("203.0.113.2", 0).await.status(), 200, "another client has places");
    // A place is free again once a stream has ended.
    streams.clear();
    wait_for("a free place", async || open("203.0.113.1", 1).await.status() == 200).await;
}

/// S5 at the mint itself: forwarding headers count only if a trusted proxy sent them.
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
