//! R8, R9 and a lost database: clients get 503 with `Retry-After`, the pool stays usable, and nothing needs a
//! restart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{Answer, ChaosProxy, Engine, RawWallet, Step, TestMint, output_requests, wait_for};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// A mint that reaches its database through a proxy that can cut the connection.
async fn mint_behind_a_proxy() -> (TestMint, TestMint, ChaosProxy) {
    let mint = TestMint::start_on(Engine::Postgres).await;
    let database = mint.database.clone().unwrap();
    let proxy = ChaosProxy::start(&database.address()).await;
    let url = database.url_by_port(proxy.address.port());
    let behind = mint.replica_with(&[("DATABASE_URL", &url)]).await;
    (mint, behind, proxy)
}

async fn until(mut answer: impl AsyncFnMut() -> Answer, status: u16) -> Answer {
    let mut last = answer().await;
    wait_for(&format!("a response {status}"), async || {
        if last.status != status {
            last = answer().await;
        }
        last.status == status
    })
    .await;
    last
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_database_is_reported_and_recovers_without_a_restart() {
    let (mint, behind, proxy) = mint_behind_a_proxy().await;
    let mut wallet = RawWallet::open(behind.raw()).await;
    let tokens = wallet.withdraw(10, 2).await;
    let redeem =
        |index: usize| json!({ "tokens": [wallet.wire(&tokens)[index]], "merchant_id": "merchant_demo" });
    let client = behind.raw();
    proxy.refuse(true);
    let lost = client.post("/api/v1/redeem", None, Some("idempotency-key-000001"), &redeem(0)).await;
    assert_eq!((lost.status, lost.code()), (503, "unavailable"), "{lost:?}");
    assert!(lost.retry_after_s.is_some());
    let health = client.get("/health", None).await;
    assert_eq!((health.status, &health.body["database"]), (503, &json!("down")));
    assert_eq!(client.get("/health/live", None).await.status, 204, "the process itself must be live");

    proxy.refuse(false);
    let again =
        async || client.post("/api/v1/redeem", None, Some("idempotency-key-000001"), &redeem(0)).await;
    let redeemed = until(again, 200).await;
    assert_eq!(redeemed.body["redeemed_amount"], json!(10));
    assert_eq!(client.get("/health", None).await.status, 200);
    mint.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r9_requests_to_a_frozen_database_time_out() {
    let (mint, behind, proxy) = mint_behind_a_proxy().await;
    let mut wallet = RawWallet::open(behind.raw()).await;
    let tokens = wallet.withdraw(10, 4).await;
    let bodies: Vec<_> = wallet
        .wire(&tokens)
        .into_iter()
        .map(|token| json!({ "tokens": [token], "merchant_id": "merchant_demo" }))
        .collect();
    let send = |index: usize| {
        let (client, body) = (behind.raw(), bodies[index].clone());
        let key = format!("idempotency-key-00000{index}");
        tokio::spawn(async move { client.post("/api/v1/redeem", None, Some(&key), &body).await })
    };
    proxy.freeze(true);
    let began = Instant::now();
    let stuck: Vec<_> = (0..bodies.len()).map(send).collect();
    let health = behind.raw().get("/health", None).await;
    assert_eq!((health.status, &health.body["database"]), (503, &json!("down")));
    assert!(began.elapsed() < Duration::from_secs(5), "health must not wait: {:?}", began.elapsed());
    for request in stuck {
        let answer = request.await.unwrap();
        assert_eq!((answer.status, answer.code()), (503, "unavailable"), "{answer:?}");
        assert!(answer.retry_after_s.is_some());
    }
    assert!(began.elapsed() < Duration::from_secs(35), "bounded: {:?}", began.elapsed());

    // Without a restart, every request has exactly one result, and no transaction is left open.
    proxy.freeze(false);
    for index in 0..bodies.len() {
        let redeemed = until(async || send(index).await.unwrap(), 200).await;
        assert_eq!(redeemed.body["redeemed_amount"], json!(10));
    }
    assert_eq!(until(async || behind.raw().get("/health", None).await, 200).await.status, 200);
    assert_eq!(mint.database.as_ref().unwrap().sessions("idle in transaction").await, 0);
    mint.assert_clean().await;
}

/// The database stops responding after a batch has begun.
#[tokio::test(flavor = "multi_thread")]
async fn r9_a_batch_on_a_hung_connection_times_out_and_is_retried() {
    let (mint, behind, proxy) = mint_behind_a_proxy().await;
    let mut wallet = RawWallet::open(behind.raw()).await;
    let outputs = wallet.outputs(10, 1);
    let body = json!({ "amount": 10, "outputs": output_requests(&outputs) });
    let database = mint.database.clone().unwrap();
    let step = Step::before_insert_into(&database, "operations").await;
    let (client, token, request) = (behind.raw(), wallet.token.clone(), body.clone());
    let key = "idempotency-key-000001";
    let sent =
        tokio::spawn(async move { client.post("/api/v1/withdraw", Some(&token), Some(key), &request).await });
    step.reached_by(1).await;
    proxy.freeze(true);
    step.let_go().await;
    let answer = sent.await.unwrap();
    assert_eq!((answer.status, answer.code()), (503, "unavailable"), "{answer:?}");
    proxy.freeze(false);
    let again = async || behind.raw().post("/api/v1/withdraw", Some(&wallet.token), Some(key), &body).await;
    let withdrawn = until(again, 200).await;
    assert_eq!(mint.raw().post("/api/v1/withdraw", Some(&wallet.token), Some(key), &body).await, withdrawn);
    assert_eq!(wallet.balance().await, 9_990);
    mint.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r8_clients_that_hang_up_leave_no_transaction_open() {
    let mint = TestMint::start_on(Engine::Postgres).await;
    let database = mint.database.clone().unwrap();
    let address = mint.serve().await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let random = ecash_harness::Seeded::new(8);
    let mut sent: Vec<Value> = Vec::new();
    for round in 0..120 {
        let outputs = wallet.outputs(10, 2);
        let body = json!({ "amount": 20, "outputs": output_requests(&outputs) });
        let text = body.to_string();
        let request = format!(
            "POST /api/v1/withdraw HTTP/1.1\r\nHost: mint\r\nContent-Type: application/json\r\n\
             Authorization: Bearer {}\r\nIdempotency-Key: idempotency-key-{round:06}\r\nContent-Length: {}\r\n\r\n{text}",
            wallet.token,
            text.len()
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_micros(random.below(6000))).await;
        // Send a reset instead of closing gracefully.
        stream.set_zero_linger().unwrap();
        drop(stream);
        sent.push(body);
    }
    // Every request resolves to one result, and the pool still works.
    for (round, body) in sent.iter().enumerate() {
        let key = format!("idempotency-key-{round:06}");
        let answer = mint.raw().post("/api/v1/withdraw", Some(&wallet.token), Some(&key), body).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    }
    assert_eq!(wallet.balance().await, 10_000 - 120 * 20);
    assert_eq!(database.sessions("idle in transaction").await, 0);
    mint.assert_clean().await;
}
