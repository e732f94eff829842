//! Closed-loop load: so many clients, each sends its next request when the last was answered. Requests
//! are made beforehand, so that the generator takes little of the two cores.

use crate::cpu;
use ecash_harness::RawClient;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// A request that is ready to go.
pub(crate) struct Request {
    pub(crate) path: &'static str,
    pub(crate) token: Option<String>,
    pub(crate) body: Option<Value>,
}

/// What a load cost.
pub(crate) struct Cost {
    /// Operations: signatures, where a request asks for many.
    pub(crate) operations: usize,
    pub(crate) elapsed: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) mint: Duration,
    pub(crate) database: Duration,
}

impl Cost {
    pub(crate) fn per_second(&self) -> f64 {
        self.operations as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn mint_us(&self) -> f64 {
        self.mint.as_secs_f64() * 1e6 / self.operations as f64
    }

    pub(crate) fn database_us(&self) -> f64 {
        self.database.as_secs_f64() * 1e6 / self.operations as f64
    }

    pub(crate) fn all_us(&self) -> f64 {
        self.mint_us() + self.database_us()
    }
}

/// The processes whose CPU time counts.
#[derive(Clone, Copy)]
pub(crate) struct Processes {
    pub(crate) mint: u32,
    pub(crate) database: Option<u32>,
}

/// Sends each client's requests, all clients at once.
pub(crate) async fn run(
    client: &RawClient,
    processes: Processes,
    requests: Vec<Vec<Request>>,
    operations_per_request: usize,
) -> Cost {
    let used = || {
        let database = processes.database.map_or(Duration::ZERO, cpu::used_by);
        (cpu::used_by(processes.mint), database)
    };
    let before = used();
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for requests in requests {
        clients.spawn(one_client(client.clone(), requests));
    }
    let mut times: Vec<Duration> = clients.join_all().await.into_iter().flatten().collect();
    let elapsed = began.elapsed();
    let after = used();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    Cost {
        operations: times.len() * operations_per_request,
        elapsed,
        p50: at(0.5),
        p99: at(0.99),
        mint: after.0.saturating_sub(before.0),
        database: after.1.saturating_sub(before.1),
    }
}

async fn one_client(client: RawClient, requests: Vec<Request>) -> Vec<Duration> {
    let mut times = Vec::with_capacity(requests.len());
    for Request { path, token, body } in requests {
        let began = Instant::now();
        let answer = match &body {
            Some(body) => client.post(path, token.as_deref(), None, body).await,
            None => client.get(path, None).await,
        };
        times.push(began.elapsed());
        assert!(matches!(answer.status, 200 | 204), "{path}: {answer:?}");
    }
    times
}
