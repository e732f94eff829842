//! R26: withdrawals, swaps and redemptions while mints and database connections are killed and Redis is paused at random. For a minute here; `cargo
//! xtask soak faults` runs it for thirty (`ECASH_SOAK_SECONDS`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{
    Answer, MintProcess, RawClient, RawWallet, RedisServer, Seeded, TestDatabase, finalize, narrow_settings,
    output_requests, sealed_audit,
};
use ecash_ledger::postgres::PostgresLedger;
use ecash_ledger::{IfMissing, Ledger};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const CLIENTS: usize = 4;
/// How much the steady mint's memory may grow after the first third of the time. A leak of 1 KiB for each operation would exceed it within
/// the long form.
const MAX_GROWTH_KIB: u64 = 48 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn r26_mixed_load_with_random_faults_leaves_a_clean_ledger_and_flat_memory() {
    let seconds = std::env::var("ECASH_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let (database, folder) = (TestDatabase::create().await, TempDir::new().unwrap());
    let redis = RedisServer::start().await;
    let (url, redis_url) = (database.url(), redis.url());
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("REDIS_URL", redis_url.as_str()),
        ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off"),
        ("DENOMINATIONS", "10"),
    ];
    let start = || MintProcess::start(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &settings);
    let (mut killed, steady) = (start().await, start().await);
    let killed_url = Arc::new(Mutex::new(killed.url.clone()));

    let deadline = Instant::now() + Duration::from_secs(seconds);
    let redeemed = Arc::new(AtomicU64::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (steady, killed_url, redeemed) = (steady.raw(), killed_url.clone(), redeemed.clone());
            tokio::spawn(use_mints(steady, killed_url, deadline, redeemed))
        })
        .collect();

    let seed = u64::from(std::process::id());
    let random = Seeded::new(seed);
    let mut memory_kib = None;
    while Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(300 + random.below(1200))).await;
        match random.below(5) {
            0 | 1 => {
                if random.below(2) == 0 {
                    killed.kill()
                } else {
                    killed.stop();
                }
                killed = start().await;
                killed_url.lock().unwrap().clone_from(&killed.url);
            }
            2 | 3 => {
                redis.pause(true);
                tokio::time::sleep(Duration::from_millis(500)).await;
                redis.pause(false);
            }
            _ => end_connections(&database).await,
        }
        if memory_kib.is_none()
            && deadline - Instant::now().min(deadline) < Duration::from_secs(seconds * 2 / 3)
        {
            memory_kib = Some(resident_kib(steady.pid()));
        }
    }
    for client in clients {
        client.await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
    let (before, after) = (memory_kib.unwrap(), resident_kib(steady.pid()));
    assert!(after < before + MAX_GROWTH_KIB, "seed {seed}: the memory grew from {before} to {after} KiB");
    drop((killed, steady));

    let identity = narrow_settings(folder.path(), &[]).identity;
    let ledger = PostgresLedger::open(&database.settings(), &identity, IfMissing::Refuse).await.unwrap();
    let report = sealed_audit(&Ledger::new(ledger)).await;
    assert_eq!(report.violations, [], "seed {seed}");
    let redeemed = redeemed.load(Ordering::Relaxed);
    assert!(redeemed > seconds, "seed {seed}: only {redeemed} redemptions");
    // Each round redeems two tokens, and swaps one of them first.
    assert!(report.spent_tokens >= redeemed * 3 / 2, "seed {seed}: {} of {redeemed}", report.spent_tokens);
}

/// Withdraws two tokens, redeems one, swaps the other and redeems the result, until the deadline. Every request resolves at the steady
/// mint, whatever happened to its first attempt.
async fn use_mints(
    steady: RawClient,
    killed_url: Arc<Mutex<String>>,
    deadline: Instant,
    redeemed: Arc<AtomicU64>,
) {
    let mut wallet = RawWallet::open(steady).await;
    while Instant::now() < deadline {
        let Ok(tokens) = wallet.try_withdraw(10, 2).await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let redeem = |wallet: &RawWallet, token| json!({ "tokens": wallet.wire(&[token]), "merchant_id": "merchant_demo" });
        let [one, other] = tokens.try_into().ok().unwrap();
        let body = redeem(&wallet, one);
        let client = RawClient::remote(&killed_url.lock().unwrap().clone());
        let first = client.try_post("/api/v1/redeem", &key(&body), &body).await;
        let repeat = resolve(&wallet.client, "/api/v1/redeem", &body).await;
        if let Some(first) = first.filter(|first| first.status == 200) {
            assert_eq!(first, repeat, "a repeat gets the acknowledged response");
        }
        redeemed.fetch_add(1, Ordering::Relaxed);

        let outputs = wallet.outputs(10, 1);
        let body = json!({ "tokens": wallet.wire(&[other]), "outputs": output_requests(&outputs) });
        let swapped =
            finalize(&outputs, &resolve(&wallet.client, "/api/v1/swap", &body).await.body).remove(0);
        let body = redeem(&wallet, swapped);
        resolve(&wallet.client, "/api/v1/redeem", &body).await;
        redeemed.fetch_add(1, Ordering::Relaxed);
    }
}

/// The request's idempotency key: that of its first token.
fn key(body: &Value) -> String {
    format!("key-{}", body["tokens"][0]["serial"].as_str().unwrap())
}

/// Repeats a request until it succeeds. Only an outage is a reason to repeat it.
async fn resolve(client: &RawClient, path: &str, body: &Value) -> Answer {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let response = client.try_post(path, &key(body), body).await;
        match response {
            Some(response) if response.status == 200 => return response,
            Some(response) if ![429, 503].contains(&response.status) => panic!("{path}: {response:?}"),
            _ => assert!(Instant::now() < until, "{path} did not resolve within 60 s"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Ends all connections of the mints to the database.
async fn end_connections(database: &TestDatabase) {
    let mut connection = database.connect().await;
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(end).execute(&mut connection).await.unwrap();
}

/// The resident memory of a process.
fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
