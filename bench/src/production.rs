//! Measures the whole stack (nginx, two mints, PostgreSQL, Redis, a SoftHSM hardware token), and the table of
//! target rates.

use crate::figures::{Row, Target, TargetRuns};
use crate::listeners::Listening;
use crate::load::{Cost, Request, run, run_at};
use crate::mint;
use crate::work;
use ecash_harness::RawClient;
use std::borrow::Cow;

/// The target rates: operation, requests per second, and latency in ms.
const TARGETS: [Target; 3] = [
    Target { work: Cow::Borrowed("Withdrawal"), per_second: 150, p50_ms: 45.0, p99_ms: 120.0 },
    Target { work: Cow::Borrowed("Redemption"), per_second: 600, p50_ms: 25.0, p99_ms: 80.0 },
    Target { work: Cow::Borrowed("Verification"), per_second: 2000, p50_ms: 5.0, p99_ms: 15.0 },
];
/// Duration in seconds and number of the runs at each target rate. The median run counts.
const SECONDS: u32 = 5;
const RUNS: usize = 5;
/// Clients of the closed loop.
const CLIENTS: usize = 16;

/// A running stack: its URL, and its processes by name.
pub(crate) struct Stack {
    pub(crate) url: String,
    pub(crate) processes: Vec<(String, u32)>,
    /// An API key of the demo merchant, with the scopes `read` and `payments`.
    pub(crate) api_key: String,
}

impl Stack {
    /// Reads the stack from the environment that `cargo xtask bench` sets. The processes are comma-separated
    /// `NAME=PID`.
    pub(crate) fn from_environment() -> Self {
        let url = std::env::var("ECASH_BENCH_URL").expect("ECASH_BENCH_URL: run cargo xtask bench");
        let text = std::env::var("ECASH_BENCH_PROCESSES").expect("ECASH_BENCH_PROCESSES");
        let process = |text: &str| {
            let (name, pid) = text.split_once('=').expect("NAME=PID");
            (name.to_owned(), pid.parse().expect("a pid"))
        };
        let api_key = std::env::var("ECASH_BENCH_API_KEY").expect("ECASH_BENCH_API_KEY");
        Self { url, processes: text.split(',').map(process).collect(), api_key }
    }
}

/// Measures every kind of request at full load, and an empty request.
pub(crate) async fn measure(stack: &Stack) -> (Vec<Row>, Cost) {
    let client = RawClient::remote(&stack.url);
    eprintln!("production: an empty request");
    let requests = (0..CLIENTS).map(|_| (0..400).map(|_| work::empty()).collect()).collect();
    let empty = run(&client, &stack.processes, requests, 1).await;
    let mut rows = mint::rows(&client, &stack.processes, "production", CLIENTS).await;
    rows.extend(mint::payments(&client, &stack.api_key, &stack.processes, "production").await);
    (rows, empty)
}

/// Measures open payments whose event streams pass nginx.
pub(crate) async fn listeners(stack: &Stack) -> Listening {
    eprintln!("production: open payments with event streams");
    let client = RawClient::remote(&stack.url);
    mint::listen("production", &stack.url, &stack.processes, &client, &stack.api_key).await
}

/// Measures the target rates: an open loop through nginx over persistent connections, one token per request.
pub(crate) async fn measure_targets(stack: &Stack) -> Vec<TargetRuns> {
    let client = RawClient::remote(&stack.url);
    let mut table = Vec::new();
    for target in TARGETS {
        let count = (target.per_second * SECONDS) as usize;
        let mut runs = Vec::new();
        for number in 1..=RUNS {
            eprintln!("production: {} at {}/s, {number} of {RUNS}", target.work, target.per_second);
            let requests = requests_for(&client, &target.work, count).await;
            runs.push(run_at(&client, &stack.processes, requests, target.per_second).await);
        }
        table.push(TargetRuns::new(target, runs));
    }
    table
}

async fn requests_for(client: &RawClient, work: &str, count: usize) -> Vec<Request> {
    match work {
        "Withdrawal" => work::many_withdrawals(client, count).await,
        "Redemption" => work::many_tokens(client, count).await.iter().map(work::redemption).collect(),
        _ => {
            let tokens = work::many_tokens(client, 500).await;
            tokens.iter().cycle().take(count).map(work::verification).collect()
        }
    }
}
