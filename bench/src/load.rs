//! Generates load and measures its cost per process. Requests are prepared in advance, so that the generator
//! uses little CPU time during the measurement.
//!
//! Closed loop: each of a fixed number of clients sends its next request after the response to the last one.
//! Open loop: requests are sent on schedule, independently of earlier responses. Their latency counts from
//! the scheduled time, so it includes queueing.

use crate::cpu;
use ecash_harness::{Answer, RawClient};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// A prepared request: a POST if it has a body, otherwise a GET.
pub(crate) struct Request {
    pub(crate) path: &'static str,
    pub(crate) token: Option<String>,
    pub(crate) body: Option<Value>,
}

/// The processes whose CPU time is measured, as name and process id; several may share a name.
pub(crate) type Processes = [(String, u32)];

/// The throughput, latency and CPU time of a load.
#[derive(Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Number of operations. If a request asks for many signatures, each signature counts.
    pub(crate) operations: usize,
    pub(crate) per_second: f64,
    /// Number of requests that were rejected or failed. Their latency is not counted.
    pub(crate) failed: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// CPU time per operation by process name, in the order of the processes.
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

    /// Returns the CPU time per operation of the processes with this name, or 0 for an unknown name.
    pub(crate) fn of(&self, name: &str) -> f64 {
        self.cpu_us.iter().find(|(found, _)| found == name).map_or(0.0, |(_, used)| *used)
    }

    pub(crate) fn together_us(&self) -> f64 {
        self.cpu_us.iter().map(|(_, used)| used).sum()
    }
}

/// Returns the total CPU time of each group of processes with the same name.
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

/// Returns the CPU time used since `before`.
fn since(before: Vec<(String, Duration)>, processes: &Processes) -> Vec<(String, Duration)> {
    let after = used(processes);
    before
        .into_iter()
        .zip(after)
        .map(|((name, before), (_, now))| (name, now.saturating_sub(before)))
        .collect()
}

/// Closed loop: sends each client's requests one after the other, all clients concurrently.
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
                let response = send(&client, &request).await;
                assert!(matches!(response.status, 200 | 201 | 204), "{}: {response:?}", request.path);
                times.push(began.elapsed());
            }
            times
        });
    }
    let times = clients.join_all().await.into_iter().flatten().collect();
    let elapsed = began.elapsed();
    Cost::new(times, elapsed, operations_per_request, since(before, processes))
}

/// Open loop: sends the requests at this rate.
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
            let response = send(&client, &request).await;
            matches!(response.status, 200 | 201 | 204).then(|| due.elapsed())
        });
    }
    // The rate measures only sending. The duration of the last request is part of its latency.
    let elapsed = began.elapsed() + Duration::from_secs(1) / per_second;
    let responses = sent.join_all().await;
    let times: Vec<_> = responses.iter().flatten().copied().collect();
    let failed = responses.len() - times.len();
    Cost { failed, ..Cost::new(times, elapsed, 1, since(before, processes)) }
}

async fn send(client: &RawClient, Request { path, token, body }: &Request) -> Answer {
    match body {
        Some(body) => client.post(path, token.as_deref(), None, body).await,
        None => client.get(path, None).await,
    }
}
