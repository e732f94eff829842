//! The figures of a run, as they are stored in JSON.

use crate::load::Cost;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What one kind of work costs.
#[derive(Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) work: Cow<'static, str>,
    pub(crate) cost: Cost,
}

/// What all kinds of work cost on one kind of mint.
#[derive(Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) name: Cow<'static, str>,
    pub(crate) rows: Vec<Row>,
}

/// A target rate and its latency limits.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Promise {
    pub(crate) work: Cow<'static, str>,
    pub(crate) per_second: u32,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// A target rate, and the runs that measured it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Promised {
    pub(crate) promise: Promise,
    pub(crate) runs: Vec<Cost>,
}

impl Promised {
    /// The runs are sorted by their 99th percentile.
    pub(crate) fn new(promise: Promise, mut runs: Vec<Cost>) -> Self {
        runs.sort_by(|one, other| one.p99_ms.total_cmp(&other.p99_ms));
        Self { promise, runs }
    }

    pub(crate) fn median(&self) -> &Cost {
        &self.runs[self.runs.len() / 2]
    }

    pub(crate) fn is_kept(&self) -> bool {
        let (promise, run) = (&self.promise, self.median());
        run.failed == 0
            && run.p50_ms <= promise.p50_ms
            && run.p99_ms <= promise.p99_ms
            && run.per_second >= 0.98 * f64::from(promise.per_second)
    }
}

/// Redemptions at one setting of the batch writer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Commit {
    pub(crate) batch_size: u32,
    pub(crate) delay_us: u32,
    pub(crate) cost: Cost,
}
