//! O1, R31: a log that cannot be written changes no response.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{MintProcess, RawWallet, free_port, wait_for};
use serde_json::json;
use std::fs::File;
use std::io::pipe;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// More lines than a pipe and the mint's queue can hold, at about 200 bytes a line.
const REQUESTS: usize = 6000;

/// Runs a mint with this standard error: payments succeed, lost lines are counted, and SIGTERM stops it.
async fn serves_with(stderr: Stdio, requests: usize) {
    let folder = TempDir::new().unwrap();
    let operator = format!("127.0.0.1:{}", free_port());
    let settings = [("DENOMINATIONS", "10"), ("RUST_LOG", "info"), ("OPERATOR_LISTEN", operator.as_str())];
    let command = Command::new(env!("CARGO_BIN_EXE_ecash-mint"));
    let mut mint = MintProcess::start_as(command, stderr, folder.path(), &settings).await;
    wait_for("a serving mint", async || mint.raw().get("/health", None).await.status == 200).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 1).await;
    let client = mint.raw();
    for _ in 0..requests {
        assert_eq!(client.get("/health/live", None).await.status, 204);
    }
    let redeem = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    assert_eq!(client.post("/api/v1/redeem", None, None, &redeem).await.status, 200);
    // Lines are counted when writing fails, shortly after the response.
    wait_for("a count of lost lines", async || {
        let metrics = reqwest::get(format!("http://{operator}/metrics")).await.unwrap().text().await.unwrap();
        let line = metrics.lines().find(|line| line.starts_with("ecash_log_lines_lost_total ")).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap() > 0
    })
    .await;
    assert!(mint.stop(), "SIGTERM must stop the mint gracefully");
}

#[tokio::test]
async fn o1_a_closed_log_blocks_no_response() {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    serves_with(writer.into(), 10).await;
}

#[tokio::test]
async fn o1_a_full_log_blocks_no_response() {
    serves_with(File::options().write(true).open("/dev/full").unwrap().into(), 10).await;
}

#[tokio::test]
async fn o1_a_stuck_log_blocks_no_response() {
    // Without a reader the pipe fills up.
    let (reader, writer) = pipe().unwrap();
    serves_with(writer.into(), REQUESTS).await;
    drop(reader);
}
