//! The figures of a run, in the form that is stored as JSON.

use crate::load::Cost;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The cost of one kind of work.
#[derive(Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) work: Cow<'static, str>,
    pub(crate) cost: Cost,
}

/// The costs of all kinds of work on one kind of mint.
#[derive(Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) name: Cow<'static, str>,
    pub(crate) rows: Vec<Row>,
}

/// A target rate and its latency limits.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Target {
    pub(crate) work: Cow<'static, str>,
    pub(crate) per_second: u32,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// A target rate, and the runs that measured it, sorted by their 99th percentile.
#[derive(Serialize, Deserialize)]
pub(crate) struct TargetRuns {
    #[serde(rename = "promise")]
    pub(crate) target: Target,
    pub(crate) runs: Vec<Cost>,
}

impl TargetRuns {
    pub(crate) fn new(target: Target, mut runs: Vec<Cost>) -> Self {
        runs.sort_by(|one, other| one.p99_ms.total_cmp(&other.p99_ms));
        Self { target, runs }
    }

    pub(crate) fn median(&self) -> &Cost {
        &self.runs[self.runs.len() / 2]
    }

    pub(crate) fn is_met(&self) -> bool {
        let (target, run) = (&self.target, self.median());
        run.failed == 0
            && run.p50_ms <= target.p50_ms
            && run.p99_ms <= target.p99_ms
            && run.per_second >= 0.98 * f64::from(target.per_second)
    }
}

/// Redemptions at one setting of the batch writer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Commit {
    pub(crate) batch_size: u32,
    pub(crate) delay_us: u32,
    pub(crate) cost: Cost,
}
