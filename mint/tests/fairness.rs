//! R30: one client sends the most expensive valid requests as fast as it can, beside twenty honest clients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use axum::http::Method;
use ecash_core::base64url;
use ecash_harness::{MintProcess, RawClient, RawWallet, output_requests};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const HONEST: usize = 20;
const GREEDY_AT_ONCE: usize = 64;
const MEASURED: Duration = Duration::from_secs(3);
/// Far above what an honest request takes beside a limited client, and far below what it took beside an
/// unlimited one.
const TOO_SLOW: Duration = Duration::from_millis(1500);

/// Honest clients verify a token twice a second each. Returns their 99th percentile.
async fn honest_p99(mint: &MintProcess, token: &Value) -> Duration {
    let raw = RawClient::remote(&mint.url);
    let clients = (0..HONEST).map(|number| {
        let (raw, body) = (raw.clone(), json!({ "token": token }));
        tokio::spawn(async move {
            let (address, until) = (format!("198.51.100.{number}"), Instant::now() + MEASURED);
            let mut latencies = Vec::new();
            while Instant::now() < until {
                let began = Instant::now();
                let headers = [("content-type", "application/json"), ("x-forwarded-for", address.as_str())];
                let answer =
                    raw.send(Method::POST, "/api/v1/verify", &headers, body.to_string().into_bytes());
                assert_eq!(answer.await.status, 200);
                latencies.push(began.elapsed());
                tokio::time::sleep(Duration::from_millis(500).saturating_sub(began.elapsed())).await;
            }
            latencies
        })
    });
    let mut latencies = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        latencies.extend(client.await.unwrap());
    }
    latencies.sort();
    latencies[latencies.len() * 99 / 100]
}

#[tokio::test(flavor = "multi_thread")]
async fn r30_one_greedy_client_does_not_slow_down_twenty_others() {
    let folder = TempDir::new().unwrap();
    // The default limits of a mint, which `MintProcess` lifts.
    let settings = [
        ("DENOMINATIONS", "10"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("RATE_LIMIT_PER_SECOND", "10"),
        ("WITHDRAW_RATE_LIMIT_PER_SECOND", "5"),
        ("SIGNATURE_LIMIT_PER_SECOND", "100"),
        ("VERIFICATION_LIMIT_PER_SECOND", "500"),
        ("ACCOUNT_LIMIT_PER_MINUTE", "10"),
        ("CONCURRENT_REQUESTS_PER_CLIENT", "32"),
    ];
    let mint = MintProcess::start(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &settings).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 4).await;
    let wire = serde_json::to_value(wallet.wire(&tokens)).unwrap();
    let outputs = output_requests(&wallet.outputs(10, 128));
    let hash = json!({ "key_id": wire[0]["key_id"], "blinded_hash": base64url::encode(&[1; 32]) });
    let dearest = [
        ("/api/v1/verify", json!({ "tokens": vec![&wire[0]; 500] })),
        ("/api/v1/redeem", json!({ "tokens": [wire[1]], "merchant_id": "merchant_demo" })),
        ("/api/v1/swap", json!({ "tokens": [wire[2]], "outputs": outputs })),
        ("/api/v1/restore", json!({ "outputs": vec![&hash; 2000] })),
        ("/api/v1/accounts", json!({})),
        ("/api/v1/cancel", json!({ "route": "swap" })),
    ];
    let http = reqwest::Client::new();
    let quiet = honest_p99(&mint, &wire[3]).await;
    println!("undisturbed: p99 {quiet:?}");
    for (path, body) in dearest {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (served, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let greedy: Vec<_> = (0..GREEDY_AT_ONCE)
            .map(|_| {
                let (url, body) = (format!("{}{path}", mint.url), body.to_string());
                let (stop, sent, http) = (stop.clone(), sent.clone(), http.clone());
                let (served, refused) = (served.clone(), refused.clone());
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let key = format!("greedy-request-{:010}", sent.fetch_add(1, Ordering::Relaxed));
                        let request = http.post(&url).header("x-forwarded-for", "203.0.113.66");
                        let request = request.header("content-type", "application/json");
                        // A request that is rejected while it sends its body may find its connection closed.
                        let answer = request.header("idempotency-key", key).body(body.clone()).send().await;
                        match answer.map(|answer| answer.status().as_u16()) {
                            Ok(429 | 503) => refused.fetch_add(1, Ordering::Relaxed),
                            Ok(_) => served.fetch_add(1, Ordering::Relaxed),
                            Err(_) => 0,
                        };
                    }
                })
            })
            .collect();
        let p99 = honest_p99(&mint, &wire[3]).await;
        stop.store(true, Ordering::Relaxed);
        greedy.iter().for_each(tokio::task::JoinHandle::abort);
        let [served, refused] = [served, refused].map(|count| count.load(Ordering::Relaxed));
        println!("beside {} of {path}, {served} served: p99 {p99:?}", sent.load(Ordering::Relaxed));
        assert!(served > 0 && refused > 0, "{path}: {served} served, {refused} refused");
        assert!(p99 < TOO_SLOW, "beside a greedy client at {path}: p99 {p99:?}, undisturbed {quiet:?}");
    }
}
