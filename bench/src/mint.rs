//! Measures every kind of request on one mint per ledger, in a closed loop.

use crate::figures::{Commit, Row};
use crate::listeners::{self, Listening};
use crate::load::{Cost, Processes, Request, run};
use crate::work;
use ecash_harness::{MintProcess, RawClient, RawWallet, TestDatabase};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Concurrent clients of the closed loop.
const CLIENTS: usize = 16;
/// Requests per client for each kind of request.
const WITHDRAWALS: usize = 60;
const SWAPS: usize = 60;
const REDEMPTIONS: usize = 120;
const VERIFICATIONS: usize = 300;
const PAYMENTS: usize = 60;
/// Open payments with an event stream each: the maximum of a merchant and of a mint.
const LISTENERS: usize = 10_000;
const EMPTY: usize = 400;
/// Blind signatures per request, for measuring only signing.
const BATCH: usize = 64;
const BATCHES: usize = 3;

async fn start(binary: &str, folder: &Path, url: Option<&str>, more: &[(&str, &str)]) -> MintProcess {
    std::fs::create_dir_all(folder).expect("a folder");
    let mut settings = settings(url);
    settings.extend(more);
    MintProcess::start(binary, folder, &settings).await
}

/// Returns the settings of all measured mints and of their operator commands.
fn settings(url: Option<&str>) -> Vec<(&str, &str)> {
    let settings = [
        ("MERCHANT_RATE_LIMIT_PER_SECOND", "1000000"),
        ("DENOMINATIONS", "10"),
        ("ALLOW_WEAK", "software_keys,demo_funds"),
    ];
    settings.into_iter().chain(url.map(|url| ("DATABASE_URL", url))).collect()
}

fn processes(mint: &MintProcess, database: Option<u32>) -> Vec<(String, u32)> {
    let database = database.map(|pid| ("database".to_owned(), pid));
    std::iter::once(("mint".to_owned(), mint.pid())).chain(database).collect()
}

/// Measures one mint. Returns the rows, and the cost of an empty request.
pub(crate) async fn measure(
    binary: &str,
    folder: &Path,
    url: Option<&str>,
    database: Option<u32>,
) -> (Vec<Row>, Cost) {
    let mint = start(binary, folder, url, &[]).await;
    let processes = processes(&mint, database);
    let client = mint.raw();
    let ledger = if url.is_some() { "PostgreSQL" } else { "SQLite" };

    eprintln!("{ledger}: an empty request");
    let requests = (0..CLIENTS).map(|_| (0..EMPTY).map(|_| work::empty()).collect()).collect();
    let empty = run(&client, &processes, requests, 1).await;
    let mut rows = rows(&client, &processes, ledger, CLIENTS).await;
    let key = api_key(binary, folder, url);
    rows.extend(payments(&client, &key, &processes, ledger).await);
    (rows, empty)
}

/// Measures every kind of request.
pub(crate) async fn rows(
    client: &ecash_harness::RawClient,
    processes: &Processes,
    name: &str,
    clients: usize,
) -> Vec<Row> {
    let mut wallets = Vec::new();
    for _ in 0..clients {
        wallets.push(RawWallet::open(client.clone()).await);
    }
    let each = |wallets: &mut [RawWallet], prepare: &mut dyn FnMut(&mut RawWallet) -> Vec<Request>| {
        wallets.iter_mut().map(prepare).collect::<Vec<_>>()
    };
    let mut rows = Vec::new();

    eprintln!("{name}: blind signatures");
    let requests =
        each(&mut wallets, &mut |wallet| (0..BATCHES).map(|_| work::withdrawal(wallet, BATCH)).collect());
    rows.push(Row { work: "blind signature".into(), cost: run(client, processes, requests, BATCH).await });

    eprintln!("{name}: withdrawals");
    let requests =
        each(&mut wallets, &mut |wallet| (0..WITHDRAWALS).map(|_| work::withdrawal(wallet, 1)).collect());
    rows.push(Row { work: "withdrawal of 1 token".into(), cost: run(client, processes, requests, 1).await });

    eprintln!("{name}: swaps");
    let mut tokens = Vec::new();
    for wallet in &mut wallets {
        tokens.push(work::tokens(wallet, SWAPS).await);
    }
    let mut mine = tokens.into_iter();
    let requests = each(&mut wallets, &mut |wallet| {
        let tokens = mine.next().expect("tokens for each wallet");
        tokens.iter().map(|token| work::swap(wallet, token)).collect()
    });
    rows.push(Row { work: "swap of 1 token for 1".into(), cost: run(client, processes, requests, 1).await });

    let mut tokens = Vec::new();
    for wallet in &mut wallets {
        tokens.push(work::tokens(wallet, REDEMPTIONS).await);
    }
    eprintln!("{name}: verifications");
    let requests = tokens
        .iter()
        .map(|tokens| tokens.iter().cycle().take(VERIFICATIONS).map(work::verification).collect());
    let one = run(client, processes, requests.collect(), 1).await;
    let requests = tokens
        .iter()
        .map(|tokens| tokens.chunks_exact(100).cycle().take(10).map(work::verifications).collect());
    let many = run(client, processes, requests.collect(), 100).await;

    eprintln!("{name}: redemptions");
    let requests = tokens.iter().map(|tokens| tokens.iter().map(work::redemption).collect()).collect();
    rows.push(Row { work: "redemption of 1 token".into(), cost: run(client, processes, requests, 1).await });
    rows.push(Row { work: "verification of 1 token".into(), cost: one });
    rows.push(Row { work: "verification of 100 tokens at once, each".into(), cost: many });
    rows
}

/// Measures the creation of payments by a shop's server, and the redemptions that pay them.
pub(crate) async fn payments(client: &RawClient, key: &str, processes: &Processes, name: &str) -> Vec<Row> {
    eprintln!("{name}: payments");
    let requests = (0..CLIENTS).map(|_| (0..PAYMENTS).map(|_| work::creation(key)).collect()).collect();
    let created = run(client, processes, requests, 1).await;
    let ids = open_payments(client, key).await;
    let mut requests = Vec::new();
    for ids in ids.chunks(PAYMENTS) {
        let mut wallet = RawWallet::open(client.clone()).await;
        let tokens = work::tokens(&mut wallet, ids.len()).await;
        requests.push(tokens.iter().zip(ids).map(|(token, id)| work::payment(token, id)).collect());
    }
    let paid = run(client, processes, requests, 1).await;
    vec![
        Row { work: "creation of a payment".into(), cost: created },
        Row { work: "payment of 1 token, with its receipt".into(), cost: paid },
    ]
}

/// Creates an API key for the demo merchant with the operator command.
fn api_key(binary: &str, folder: &Path, url: Option<&str>) -> String {
    let mut operator = Command::new(binary);
    operator.args([
        "merchant",
        "key",
        "create",
        "merchant_demo",
        "--scopes",
        "read,payments",
        "--name",
        "bench",
    ]);
    operator.env("ECASH_DATA_DIR", folder).envs(settings(url));
    let output = operator.output().expect("the mint's operator command");
    let printed = String::from_utf8_lossy(&output.stdout);
    let key = printed.split_whitespace().find(|word| word.starts_with("ek_"));
    key.unwrap_or_else(|| panic!("no API key: {}", String::from_utf8_lossy(&output.stderr))).to_owned()
}

/// Returns the ids of all open payments.
async fn open_payments(client: &RawClient, key: &str) -> Vec<Value> {
    let mut ids = Vec::new();
    let mut path = "/api/v1/merchant/payments?state=open&limit=100".to_owned();
    loop {
        let page = client.get(&path, Some(key)).await.body;
        let data = page["data"].as_array().expect("payments").clone();
        ids.extend(data.iter().map(|payment| payment["payment_id"].clone()));
        let Some(before) = page["next_before"].as_str() else { return ids };
        path = format!("/api/v1/merchant/payments?state=open&limit=100&before={before}");
    }
}

/// Measures open payments with event streams: at one mint with a SQLite ledger, or in production.
pub(crate) async fn listeners(binary: &str, folder: &Path) -> Listening {
    eprintln!("SQLite: {LISTENERS} open payments with event streams");
    let mint = start(binary, folder, None, &[]).await;
    let (client, key) = (mint.raw(), api_key(binary, folder, None));
    let processes = [("mint".to_owned(), mint.pid())];
    listen("SQLite, one mint", &mint.url, &processes, &client, &key).await
}

/// Opens payments, and measures event streams of all of them.
pub(crate) async fn listen(
    name: &str,
    url: &str,
    processes: &[(String, u32)],
    client: &RawClient,
    key: &str,
) -> Listening {
    let requests = (0..CLIENTS).map(|_| (0..LISTENERS / CLIENTS).map(|_| work::creation(key)).collect());
    run(client, &[], requests.collect(), 1).await;
    let mut ids = open_payments(client, key).await;
    ids.truncate(LISTENERS);
    listeners::measure(name, url, processes, client, &ids).await
}

/// Measures redemptions on PostgreSQL at several settings of the batch writer.
pub(crate) async fn committer(binary: &str, folder: &Path, database: Option<u32>) -> Vec<Commit> {
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
            let tokens = work::tokens(&mut wallet, REDEMPTIONS / 2).await;
            requests.push(tokens.iter().map(work::redemption).collect());
        }
        let cost = run(&mint.raw(), &processes(&mint, database), requests, 1).await;
        commits.push(Commit { batch_size, delay_us, cost });
    }
    commits
}
