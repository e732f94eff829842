//! Load, and what it cost by process. Requests are made beforehand, so that the generator takes little of
//! the cores.
//!
//! Closed loop: so many clients, each sends its next request when the last was answered. Open loop: requests
//! leave at their time, whether or not those before were answered, and are timed from when they should have
//! left; so waiting shows.

use crate::cpu;
use ecash_harness::{Answer, RawClient};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// A request that is ready to go.
pub(crate) struct Request {
    pub(crate) path: &'static str,
    pub(crate) token: Option<String>,
    pub(crate) body: Option<Value>,
}

/// The processes whose CPU time counts, by name; several may share one.
pub(crate) type Processes = [(String, u32)];

/// What a load cost.
#[derive(Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Operations: signatures, where a request asks for many.
    pub(crate) operations: usize,
    pub(crate) per_second: f64,
    /// Requests that were refused or failed; they are not timed.
    pub(crate) failed: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// CPU time of one operation, by process, in the order of the processes.
    pub(crate) cpu_us: Vec<(String, f64)>,
}

impl Cost {
    fn new(
        mut times: Vec<Duration>,
        elapsed: Duration,
        per_request: usize,
        cpu: Vec<(String, Duration)>,
    ) -> Self {
        times.sort();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        let operations = times.len() * per_request;
        let cpu_us = cpu.into_iter().map(|(name, used)| (name, used.as_secs_f64() * 1e6 / operations as f64));
        let per_second = operations as f64 / elapsed.as_secs_f64();
        Self {
            operations,
            per_second,
            failed: 0,
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            cpu_us: cpu_us.collect(),
        }
    }

    /// CPU of one process, or group of them; 0 if there is none of this name.
    pub(crate) fn of(&self, name: &str) -> f64 {
        self.cpu_us.iter().find(|(found, _)| found == name).map_or(0.0, |(_, used)| *used)
    }

    pub(crate) fn together_us(&self) -> f64 {
        self.cpu_us.iter().map(|(_, used)| used).sum()
    }
}

/// What each group of processes has used so far.
fn used(processes: &Processes) -> Vec<(String, Duration)> {
    let mut groups: Vec<(String, Duration)> = Vec::new();
    for (name, pid) in processes {
        let used = cpu::used_by(*pid);
        match groups.iter_mut().find(|(found, _)| found == name) {
            Some((_, total)) => *total += used,
            None => groups.push((name.clone(), used)),
        }
    }
    groups
}

/// CPU used since.
fn since(before: Vec<(String, Duration)>, processes: &Processes) -> Vec<(String, Duration)> {
    let after = used(processes);
    before
        .into_iter()
        .zip(after)
        .map(|((name, before), (_, now))| (name, now.saturating_sub(before)))
        .collect()
}

/// Sends each client's requests, all clients at once.
pub(crate) async fn run(
    client: &RawClient,
    processes: &Processes,
    requests: Vec<Vec<Request>>,
    operations_per_request: usize,
) -> Cost {
    let before = used(processes);
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for requests in requests {
        let client = client.clone();
        clients.spawn(async move {
            let mut times = Vec::with_capacity(requests.len());
            for request in requests {
                let began = Instant::now();
                let answer = send(&client, &request).await;
                assert!(matches!(answer.status, 200 | 204), "{}: {answer:?}", request.path);
                times.push(began.elapsed());
            }
            times
        });
    }
    let times = clients.join_all().await.into_iter().flatten().collect();
    let elapsed = began.elapsed();
    Cost::new(times, elapsed, operations_per_request, since(before, processes))
}

/// Sends the requests at this rate.
pub(crate) async fn run_at(
    client: &RawClient,
    processes: &Processes,
    requests: Vec<Request>,
    per_second: u32,
) -> Cost {
    let before = used(processes);
    let began = Instant::now();
    let mut sent = JoinSet::new();
    for (number, request) in (0_u32..).zip(requests) {
        let due = began + Duration::from_secs(1) * number / per_second;
        sleep_until(due).await;
        let client = client.clone();
        sent.spawn(async move {
            let answer = send(&client, &request).await;
            matches!(answer.status, 200 | 204).then(|| due.elapsed())
        });
    }
    // The rate is that of sending; how long the last answer took is in its latency.
    let elapsed = began.elapsed() + Duration::from_secs(1) / per_second;
    let answers = sent.join_all().await;
    let times: Vec<_> = answers.iter().flatten().copied().collect();
    let failed = answers.len() - times.len();
    Cost { failed, ..Cost::new(times, elapsed, 1, since(before, processes)) }
}

async fn send(client: &RawClient, Request { path, token, body }: &Request) -> Answer {
    match body {
        Some(body) => client.post(path, token.as_deref(), None, body).await,
        None => client.get(path, None).await,
    }
}
