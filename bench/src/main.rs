//! `cargo xtask bench`: what the mint costs on both ledgers, beside OpenSSL, an fsync and an empty
//! request, in one run. Timings never fail a test; they are read.
#![allow(clippy::expect_used, clippy::panic, reason = "a measurement that cannot be made must say so")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]

mod cpu;
mod limits;
mod load;
mod report;

use ecash_harness::{MintProcess, RawWallet, TestDatabase, output_requests};
use load::{Cost, Processes, Request, run};
use report::{Commit, Limits, Row};
use serde_json::{Value, json};
use std::path::Path;

/// Clients that send at once.
const CLIENTS: usize = 16;
/// Requests of each client, for each kind of request.
const WITHDRAWALS: usize = 60;
const SWAPS: usize = 60;
const REDEMPTIONS: usize = 120;
const VERIFICATIONS: usize = 300;
const EMPTY: usize = 400;
/// Blind signatures asked for at once where only signing is looked at.
const BATCH: usize = 64;
const BATCHES: usize = 3;

#[tokio::main]
async fn main() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let binary = std::env::var("ECASH_BENCH_MINT").expect("ECASH_BENCH_MINT: run cargo xtask bench");
    let database_pid = std::env::var("ECASH_BENCH_POSTGRES_PID").ok().and_then(|pid| pid.parse().ok());
    eprintln!("measuring the limits: openssl speed, fsync");
    let (openssl, fsync) = (limits::openssl(), limits::fsync(folder.path()));

    let (sqlite, empty) = measure(&binary, &folder.path().join("sqlite"), None, None).await;
    let database = TestDatabase::create().await;
    let (postgres, _) =
        measure(&binary, &folder.path().join("postgres"), Some(&database.url()), database_pid).await;
    let commits = measure_committer(&binary, folder.path(), database_pid).await;
    let limits = Limits { openssl, fsync, empty };
    println!("{}", report::markdown(&limits, &[("SQLite", sqlite), ("PostgreSQL", postgres)], &commits));
}

/// Redemptions on PostgreSQL at several settings of the committer.
async fn measure_committer(binary: &str, folder: &Path, database: Option<u32>) -> Vec<Commit> {
    let mut commits = Vec::new();
    for (batch_size, delay_us) in [(1, 0), (8, 0), (64, 0), (256, 0), (64, 500), (64, 2000)] {
        eprintln!("PostgreSQL: batches of {batch_size}, {delay_us} µs of delay");
        let own = TestDatabase::create().await;
        let folder = folder.join(format!("commit-{batch_size}-{delay_us}"));
        let (size, delay) = (batch_size.to_string(), delay_us.to_string());
        let settings = [("COMMIT_BATCH_SIZE", size.as_str()), ("COMMIT_DELAY_US", delay.as_str())];
        let mint = start(binary, &folder, Some(&own.url()), &settings).await;
        let mut requests = Vec::new();
        for _ in 0..CLIENTS {
            let mut wallet = RawWallet::open(mint.raw()).await;
            let tokens = fresh_tokens(&mut wallet, REDEMPTIONS / 2).await;
            requests.push(tokens.into_iter().map(redemption).collect());
        }
        let processes = Processes { mint: mint.pid(), database };
        let cost = run(&mint.raw(), processes, requests, 1).await;
        commits.push(Commit { batch_size, delay_us, cost });
    }
    commits
}

async fn start(binary: &str, folder: &Path, url: Option<&str>, more: &[(&str, &str)]) -> MintProcess {
    std::fs::create_dir_all(folder).expect("a folder");
    let mut settings = vec![("DENOMINATIONS", "10"), ("ALLOW_WEAK", "software_keys,demo_funds")];
    settings.extend(url.map(|url| ("DATABASE_URL", url)));
    settings.extend(more);
    MintProcess::start(binary, folder, &settings).await
}

/// Measures every kind of request at one mint. Answers the rows, and what an empty request costs.
async fn measure(binary: &str, folder: &Path, url: Option<&str>, database: Option<u32>) -> (Vec<Row>, Cost) {
    let mint = start(binary, folder, url, &[]).await;
    let processes = Processes { mint: mint.pid(), database };
    let client = mint.raw();
    let mut wallets = Vec::new();
    for _ in 0..CLIENTS {
        wallets.push(RawWallet::open(mint.raw()).await);
    }
    let ledger = if url.is_some() { "PostgreSQL" } else { "SQLite" };
    let each = |wallets: &mut [RawWallet], make: &mut dyn FnMut(&mut RawWallet) -> Vec<Request>| {
        wallets.iter_mut().map(make).collect::<Vec<_>>()
    };
    let mut rows = Vec::new();

    eprintln!("{ledger}: an empty request");
    let nothing = || Request { path: "/health/live", token: None, body: None };
    let requests = (0..CLIENTS).map(|_| (0..EMPTY).map(|_| nothing()).collect()).collect();
    let empty = run(&client, processes, requests, 1).await;

    eprintln!("{ledger}: blind signatures");
    let requests =
        each(&mut wallets, &mut |wallet| (0..BATCHES).map(|_| withdrawal(wallet, BATCH)).collect());
    rows.push(Row { work: "blind signature", cost: run(&client, processes, requests, BATCH).await });

    eprintln!("{ledger}: withdrawals");
    let requests =
        each(&mut wallets, &mut |wallet| (0..WITHDRAWALS).map(|_| withdrawal(wallet, 1)).collect());
    rows.push(Row { work: "withdrawal of 1 token", cost: run(&client, processes, requests, 1).await });

    eprintln!("{ledger}: swaps");
    let mut tokens = Vec::new();
    for wallet in &mut wallets {
        tokens.push(fresh_tokens(wallet, SWAPS).await);
    }
    let mut mine = tokens.into_iter();
    let requests = each(&mut wallets, &mut |wallet| {
        let tokens = mine.next().expect("tokens for each wallet");
        tokens.into_iter().map(|token| swap(wallet, token)).collect()
    });
    rows.push(Row { work: "swap of 1 token for 1", cost: run(&client, processes, requests, 1).await });

    let mut tokens = Vec::new();
    for wallet in &mut wallets {
        tokens.push(fresh_tokens(wallet, REDEMPTIONS).await);
    }
    eprintln!("{ledger}: verifications");
    let verify = |token: &Value| post("/api/v1/verify", json!({ "token": token }));
    let requests =
        tokens.iter().map(|tokens| tokens.iter().cycle().take(VERIFICATIONS).map(verify).collect());
    let one = run(&client, processes, requests.collect(), 1).await;
    let verify = |tokens: &[Value]| post("/api/v1/verify", json!({ "tokens": tokens }));
    let requests =
        tokens.iter().map(|tokens| tokens.chunks_exact(100).cycle().take(10).map(verify).collect());
    let many = run(&client, processes, requests.collect(), 100).await;

    eprintln!("{ledger}: redemptions");
    let requests = tokens.into_iter().map(|tokens| tokens.into_iter().map(redemption).collect()).collect();
    let redeemed = run(&client, processes, requests, 1).await;
    rows.push(Row { work: "redemption of 1 token", cost: redeemed });
    rows.push(Row { work: "verification of 1 token", cost: one });
    rows.push(Row { work: "verification of 100 tokens at once, each", cost: many });
    (rows, empty)
}

fn redemption(token: Value) -> Request {
    post("/api/v1/redeem", json!({ "tokens": [token], "merchant_id": "merchant_demo" }))
}

fn post(path: &'static str, body: Value) -> Request {
    Request { path, token: None, body: Some(body) }
}

fn withdrawal(wallet: &mut RawWallet, count: usize) -> Request {
    let outputs = wallet.outputs(10, count as u64);
    let body = json!({ "amount": 10 * count, "outputs": output_requests(&outputs) });
    Request { path: "/api/v1/withdraw", token: Some(wallet.token.clone()), body: Some(body) }
}

fn swap(wallet: &mut RawWallet, token: Value) -> Request {
    let outputs = wallet.outputs(10, 1);
    post("/api/v1/swap", json!({ "tokens": [token], "outputs": output_requests(&outputs) }))
}

/// Tokens in their wire form.
async fn fresh_tokens(wallet: &mut RawWallet, count: usize) -> Vec<Value> {
    let mut tokens = Vec::new();
    while tokens.len() < count {
        tokens.extend(wallet.withdraw(10, (count - tokens.len()).min(100) as u64).await);
    }
    let wire = wallet.wire(&tokens);
    wire.iter().map(|token| serde_json::to_value(token).expect("JSON")).collect()
}
