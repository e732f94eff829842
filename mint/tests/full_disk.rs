//! O2, O5: a ledger that accepts no writes. Requests fail, health reports the database as down, and the mint
//! recovers without a restart as soon as there is disk space.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{MintProcess, PostgresServer, RawClient, RawWallet, TestDatabase, fill_up, wait_for};
use serde_json::json;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_ecash-mint");
/// Health must report within this time that the database accepts no writes.
const DETECTION: Duration = Duration::from_secs(5);

async fn database_is(client: &RawClient, state: &str) -> bool {
    for path in ["/health", "/health/ready"] {
        let health = client.get(path, None).await;
        let status = if state == "ok" { 200 } else { 503 };
        if health.status != status || health.body["database"] != json!(state) {
            return false;
        }
    }
    true
}

/// Asserts that health reports it within [`DETECTION`], and still does three seconds later.
async fn assert_down(client: &RawClient) {
    let began = Instant::now();
    wait_for("a health check that reports the database as down", async || database_is(client, "down").await)
        .await;
    assert!(began.elapsed() < DETECTION, "{:?}", began.elapsed());
    // A successful write counts for two seconds; observe for longer.
    let until = Instant::now() + Duration::from_secs(3);
    while Instant::now() < until {
        assert!(database_is(client, "down").await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(client.get("/health/live", None).await.status, 204);
}

/// Withdraws until a withdrawal fails.
async fn withdraw_until_refused(wallet: &mut RawWallet) {
    for number in 0..100 {
        if let Err(refused) = wallet.try_withdraw(10, 8).await {
            assert_eq!((refused.status, refused.code()), (503, "unavailable"), "{number}: {refused:?}");
            assert!(refused.retry_after_s.is_some());
            return;
        }
    }
    panic!("100 withdrawals succeeded on a full disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn o2_o5_a_full_disk_under_sqlite_is_detected_and_recovered_from() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let settings = [("DENOMINATIONS", "10"), ("CURRENCY", "DEMO")];
    let mint = MintProcess::start_on_small_disk(BINARY, &data, "12m", &settings).await;
    let client = mint.raw();
    wait_for("a serving mint", async || database_is(&client, "ok").await).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 2).await;
    for _ in 0..2 {
        // Without payments, the health check's own write detects it.
        let filler = fill_up(&mint.inside(&data));
        assert_down(&client).await;
        std::fs::remove_file(&filler).unwrap();
        wait_for("a healthy mint", async || database_is(&client, "ok").await).await;
    }
    // With payments, their COMMIT fails.
    let filler = fill_up(&mint.inside(&data));
    withdraw_until_refused(&mut wallet).await;
    assert_down(&client).await;
    std::fs::remove_file(&filler).unwrap();
    // The very next write works.
    let redeem = json!({ "tokens": wallet.wire(&tokens[..1]), "merchant_id": "merchant_demo" });
    assert_eq!(client.post("/api/v1/redeem", None, None, &redeem).await.status, 200);
    wallet.withdraw(10, 1).await;
    wait_for("a healthy mint", async || database_is(&client, "ok").await).await;
}

async fn mint_on(server: &PostgresServer, folder: &TempDir) -> (MintProcess, TestDatabase) {
    let database = TestDatabase::create_on(server.url()).await;
    let url = database.url();
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off"),
        ("DENOMINATIONS", "10"),
    ];
    (MintProcess::start(BINARY, folder.path(), &settings).await, database)
}

#[tokio::test(flavor = "multi_thread")]
async fn o5_a_full_disk_under_postgresql_is_detected_and_recovered_from() {
    let server = PostgresServer::start_on_small_disk("128m").await;
    let folder = TempDir::new().unwrap();
    let (mint, _database) = mint_on(&server, &folder).await;
    let client = mint.raw();
    let mut wallet = RawWallet::open(mint.raw()).await;
    let filler = fill_up(&server.disk());
    withdraw_until_refused(&mut wallet).await;
    assert_down(&client).await;
    std::fs::remove_file(&filler).unwrap();
    // It must recover without a payment, because load balancers send none to a mint that is not ready.
    wait_for("a healthy mint", async || database_is(&client, "ok").await).await;
    wallet.withdraw(10, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn o5_a_read_only_database_is_detected_and_recovered_from() {
    let server = PostgresServer::start().await;
    let folder = TempDir::new().unwrap();
    let (mint, _database) = mint_on(&server, &folder).await;
    let client = mint.raw();
    let mut wallet = RawWallet::open(mint.raw()).await;
    server.execute("ALTER SYSTEM SET default_transaction_read_only = on").await;
    server.execute("SELECT pg_reload_conf()").await;
    assert_down(&client).await;
    let refused = wallet.try_withdraw(10, 1).await.unwrap_err();
    assert_eq!((refused.status, refused.code()), (503, "unavailable"));
    server.execute("ALTER SYSTEM RESET default_transaction_read_only").await;
    server.execute("SELECT pg_reload_conf()").await;
    wait_for("a healthy mint", async || database_is(&client, "ok").await).await;
    wallet.withdraw(10, 1).await;
}
