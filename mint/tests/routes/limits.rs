//! Rate limits, per client.

use super::merchant::{Shop, id};
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger, output_requests, wait_for};
use serde_json::json;

on_every_ledger! {
    clients_over_their_limits_get_retry_after,
    o18_one_client_does_not_take_all_event_streams,
    h2_a_client_is_charged_for_what_it_lets_verify,
    h2_a_client_has_few_costly_requests_at_once,
    m9_a_client_opens_few_accounts_and_cancels_few_operations,
    m9_the_operator_alone_opens_accounts,
}

async fn clients_over_their_limits_get_retry_after(engine: Engine) {
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
    assert_eq!(open("203.0.113.2", 0).await.status(), 200, "another client has slots");
    // A slot is free again once a stream has ended.
    streams.clear();
    wait_for("a free slot", async || open("203.0.113.1", 1).await.status() == 200).await;
}

/// A client with a /48 has 65,536 /64.
#[tokio::test]
async fn m8_a_client_with_many_ipv6_networks_is_limited() {
    let mint = TestMint::start_with(&[("RATE_LIMIT_PER_SECOND", "2")]).await;
    let limited = async |address: fn(usize) -> String| {
        let mut limited = 0;
        for number in 0..100 {
            let client = mint.raw().from_address(&address(number));
            limited += usize::from(client.get("/api/v1/keys", None).await.status == 429);
        }
        limited
    };
    assert!(limited(|number| format!("[2001:db8:1:1::{number:x}]:1")).await >= 90, "one /64");
    let of_site = limited(|number| format!("[2001:db8:2:{number:x}::1]:1")).await;
    assert!((40..=80).contains(&of_site), "{of_site} of one /48, which has eight times the rate");
    assert_eq!(limited(|number| format!("[2001:db8:{:x}::1]:1", 256 + number)).await, 0, "other sites");
}

/// S5 at the mint itself: forwarding headers count only if a trusted proxy sent them.
#[tokio::test]
async fn s5_only_headers_of_a_trusted_proxy_are_used() {
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
    assert!(limited("198.51.100.1:1", each_another).await >= 12, "headers of an untrusted peer are ignored");
    assert_eq!(limited("10.0.0.5:1", each_another).await, 0);
    assert_eq!(limited("172.18.0.9:1", |number| format!("2001:db8:{number}::1")).await, 0);
    assert!(
        limited("10.0.0.5:1", |number| format!("9.9.9.{number}, 8.8.8.8")).await >= 12,
        "a list is not from the trusted proxy"
    );
}

async fn h2_a_client_is_charged_for_what_it_lets_verify(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("VERIFICATION_LIMIT_PER_SECOND", "1")]).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 1).await;
    let wire = wallet.wire(&tokens);
    let greedy = mint.raw().from_address("192.0.2.1:5000");
    let list = json!({ "tokens": vec![&wire[0]; 500] });
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(greedy.post("/api/v1/verify", None, None, &list).await.status);
    }
    // The burst is two lists of the maximum length.
    assert_eq!(codes, [200, 200, 429]);
    let redeem = json!({ "tokens": wire, "merchant_id": "merchant_demo" });
    let outputs = output_requests(&wallet.outputs(10, 1));
    let swap = json!({ "tokens": wire, "outputs": outputs });
    for (path, body) in [("/api/v1/redeem", &redeem), ("/api/v1/swap", &swap)] {
        let refused = greedy.post(path, None, None, body).await;
        assert_eq!(refused.code(), "rate_limited", "{path}");
        assert!(refused.retry_after_s.is_some_and(|seconds| seconds >= 1));
    }
    // Nothing was spent, and other clients are served.
    let honest = mint.raw().from_address("192.0.2.2:5000");
    assert_eq!(honest.post("/api/v1/redeem", None, None, &redeem).await.status, 200);
    mint.assert_clean().await;
}

async fn h2_a_client_has_few_costly_requests_at_once(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("CONCURRENT_REQUESTS_PER_CLIENT", "4")]).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 1).await;
    let list = json!({ "tokens": vec![&wallet.wire(&tokens)[0]; 500] });
    let greedy = mint.raw().from_address("192.0.2.1:5000");
    let at_once = futures_util::future::join_all(
        (0..20).map(|_| async { greedy.post("/api/v1/verify", None, None, &list).await }),
    );
    let honest = mint.raw().from_address("192.0.2.2:5000");
    let (answers, beside) =
        tokio::join!(at_once, async { honest.post("/api/v1/verify", None, None, &list).await.status });
    assert_eq!(beside, 200);
    let refused = answers.iter().filter(|answer| answer.code() == "overloaded").count();
    let served = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((served, refused), (4, 16));
    // Its slots are free again.
    assert_eq!(greedy.post("/api/v1/verify", None, None, &list).await.status, 200);
}

async fn m9_a_client_opens_few_accounts_and_cancels_few_operations(engine: Engine) {
    let limits = [("ACCOUNT_LIMIT_PER_MINUTE", "1"), ("WITHDRAW_RATE_LIMIT_PER_SECOND", "1")];
    let mint = TestMint::start_on_with(engine, &limits).await;
    let client = mint.raw().from_address("192.0.2.1:5000");
    let open = async |byte: u8| {
        let hash = ecash_core::base64url::encode(&[byte; 32]);
        client.post("/api/v1/accounts", None, None, &json!({ "account_token_hash": hash })).await
    };
    for byte in 0..10 {
        assert_eq!(open(byte).await.status, 200);
    }
    assert_eq!(open(10).await.code(), "rate_limited");
    // A restored wallet finds its account, whatever the number of opened accounts.
    assert_eq!(open(3).await.status, 200);
    let mut codes = Vec::new();
    for number in 0..4 {
        let key = format!("idempotency-key-00000{number}");
        let body = json!({ "route": "swap" });
        codes.push(client.post("/api/v1/cancel", None, Some(&key), &body).await.status);
    }
    assert_eq!(codes, [200, 200, 429, 429]);
    mint.assert_clean().await;
}

async fn m9_the_operator_alone_opens_accounts(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("OPEN_ACCOUNTS", "no")]).await;
    let token = ecash_core::seed::AccountToken::new([9; 32]);
    let body = json!({ "account_token_hash": ecash_core::base64url::encode(&token.hash()) });
    let refused = mint.raw().post("/api/v1/accounts", None, None, &body).await;
    assert_eq!((refused.status, refused.code()), (403, "accounts_closed"));
    assert_eq!(mint.raw().post("/api/v1/accounts", None, None, &json!({})).await.code(), "accounts_closed");
    // As `ecash-mint account open` does.
    let opened = mint.mint.open_account(Some(token.hash())).await.unwrap();
    let found = mint.raw().post("/api/v1/accounts", None, None, &body).await;
    assert_eq!(found.body["account_id"].as_str(), Some(opened.account_id.as_str()));
    mint.assert_clean().await;
}
