//! Metrics for the operator. No label holds a serial, an account, an address or a time that could link a
//! withdrawal to a payment. `docs/operations.md` explains each metric.

use ecash_core::{Denomination, KeysetId};
use ecash_ledger::{CommitError, CommitObserver, CommittedPosting, OperationKind};
use ecash_signer::SignerError;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Names and values of a metric's labels.
type Labels<const N: usize> = [(&'static str, String); N];

/// Creates histograms with buckets from 1 ms to 16 s.
#[derive(Clone)]
struct Latency;

impl MetricConstructor<Histogram> for Latency {
    fn new_metric(&self) -> Histogram {
        Histogram::new(exponential_buckets(0.001, 2.0, 15))
    }
}

/// Returns a known method, or `other`, because clients could otherwise create unlimited labels.
fn known(method: &str) -> String {
    let known = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST"].contains(&method);
    if known { method.to_owned() } else { "other".to_owned() }
}

/// All metrics of one mint.
pub struct Meters {
    registry: Registry,
    requests: Family<Labels<3>, Counter>,
    request_seconds: Family<Labels<1>, Histogram, Latency>,
    postings: Family<Labels<2>, Counter>,
    commit_failures: Family<Labels<1>, Counter>,
    batch_size: Histogram,
    signatures: Counter,
    signing_failures: Family<Labels<1>, Counter>,
    signing_waiting: Gauge,
    signing_seconds: Histogram,
    index_hits: Counter,
    index_disagreements: Counter,
    sealed_operations: Counter,
    seal_failures: Counter,
    webhooks: Family<Labels<1>, Counter>,
    part_up: Family<Labels<1>, Gauge>,
    outstanding_minor: Family<Labels<2>, Gauge>,
    overdrawn_keys: Gauge,
    issue_seconds_left: Gauge,
    log_lines_lost: Counter,
    clock_in_doubt: Gauge,
}

impl Default for Meters {
    fn default() -> Self {
        let mut meters = Self {
            registry: Registry::with_prefix("ecash"),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(Latency),
            postings: Family::default(),
            commit_failures: Family::default(),
            batch_size: Histogram::new(exponential_buckets(1.0, 2.0, 11)),
            signatures: Counter::default(),
            signing_failures: Family::default(),
            signing_waiting: Gauge::default(),
            signing_seconds: Latency.new_metric(),
            index_hits: Counter::default(),
            index_disagreements: Counter::default(),
            sealed_operations: Counter::default(),
            seal_failures: Counter::default(),
            webhooks: Family::default(),
            part_up: Family::default(),
            outstanding_minor: Family::default(),
            overdrawn_keys: Gauge::default(),
            issue_seconds_left: Gauge::default(),
            log_lines_lost: Counter::default(),
            clock_in_doubt: Gauge::default(),
        };
        meters.register();
        meters
    }
}

impl Meters {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests", "Requests by method, path and status", self.requests.clone());
        registry.register("request_seconds", "Duration of requests in seconds", self.request_seconds.clone());
        registry.register("postings", "Postings by kind and result", self.postings.clone());
        registry.register("batch_size", "Postings in one ledger transaction", self.batch_size.clone());
        let help = "Failed attempts to commit a batch, by statement or step; they are retried";
        registry.register("commit_failures", help, self.commit_failures.clone());
        registry.register("signatures", "Blind signatures made", self.signatures.clone());
        let help =
            "Requests whose signing failed, by reason; 'faulty' means a wrong signature: raise an alarm";
        registry.register("signing_failures", help, self.signing_failures.clone());
        let help = "Blind signatures in progress or queued";
        registry.register("signing_waiting", help, self.signing_waiting.clone());
        let help = "Duration of all signatures of a request in seconds";
        registry.register("signing_seconds", help, self.signing_seconds.clone());
        let help = "Tokens that the spent index reported as spent";
        registry.register("index_hits", help, self.index_hits.clone());
        let help =
            "Tokens that the spent index wrongly reported as spent: another program writes to the index";
        registry.register("index_disagreements", help, self.index_disagreements.clone());
        let help = "Operations in the audit log sealed by this mint";
        registry.register("sealed_operations", help, self.sealed_operations.clone());
        let help = "Failed attempts to seal the audit log; rows are sealed later";
        registry.register("seal_failures", help, self.seal_failures.clone());
        let help =
            "Attempts to deliver webhooks by result: 'delivered', 'failed', or 'given_up' after the last";
        registry.register("webhook_attempts", help, self.webhooks.clone());
        let help = "Value of tokens issued and not spent, in minor units; measured every ten minutes";
        registry.register("outstanding_minor", help, self.outstanding_minor.clone());
        let help = "Keys of which more tokens were spent than issued: tokens are being forged, unless a gap was accepted; measured every ten minutes";
        registry.register("overdrawn_keys", help, self.overdrawn_keys.clone());
        registry.register("part_up", "1 if a dependency works, checked by this scrape", self.part_up.clone());
        let help = "Seconds until the last keyset stops issuing";
        registry.register("issue_seconds_left", help, self.issue_seconds_left.clone());
        let help = "Log lines that could not be written";
        registry.register("log_lines_lost", help, self.log_lines_lost.clone());
        let help = "1 while this machine's clock disagrees with the ledger; no epoch ends until the clock is confirmed";
        registry.register("clock_in_doubt", help, self.clock_in_doubt.clone());
    }

    /// Counts a response. `path` is the route's pattern, never the client's text.
    pub(crate) fn request(&self, method: &str, path: &str, status: u16, took: Duration) {
        let labels = [("method", known(method)), ("path", path.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.get_or_create(&[("path", path.to_owned())]).observe(took.as_secs_f64());
    }

    /// Counts signatures as queued or in progress; [`Self::signed`] must follow.
    pub(crate) fn signing(&self, count: usize) {
        self.signing_waiting.inc_by(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Counts the result of signatures that [`Self::signing`] counted.
    pub(crate) fn signed<T>(&self, count: usize, result: &Result<T, SignerError>, took: Duration) {
        self.signing_waiting.dec_by(i64::try_from(count).unwrap_or(i64::MAX));
        match result {
            Ok(_) => {
                self.signatures.inc_by(count as u64);
                self.signing_seconds.observe(took.as_secs_f64());
            }
            Err(error) => {
                let reason = match error {
                    SignerError::Overloaded => "overloaded",
                    SignerError::Faulty(_) => "faulty",
                    SignerError::UnknownKey => "unknown_key",
                    SignerError::NotIssuing => "not_issuing",
                    SignerError::Unreachable(_) => "unreachable",
                    SignerError::Stopped | SignerError::Token(_) | SignerError::TokenDown => "token_down",
                };
                self.signing_failures.get_or_create(&[("reason", reason.to_owned())]).inc();
            }
        }
    }

    /// Counts tokens that the index reported as spent, and how many of them are not spent in the ledger.
    pub(crate) fn index(&self, hits: usize, disagreements: usize) {
        self.index_hits.inc_by(hits as u64);
        self.index_disagreements.inc_by(disagreements as u64);
    }

    /// Counts operations that this mint sealed in the audit log.
    pub(crate) fn sealed(&self, operations: u64) {
        self.sealed_operations.inc_by(operations);
    }

    /// Counts a failed attempt to seal the audit log.
    pub(crate) fn seal_failed(&self) {
        self.seal_failures.inc();
    }

    /// Counts an attempt to deliver a webhook.
    pub(crate) fn webhook(&self, result: &'static str) {
        self.webhooks.get_or_create(&[("result", result.to_owned())]).inc();
    }

    /// Replaces the outstanding value of each key, in minor units. Keys that are not named have ended and are
    /// removed.
    pub(crate) fn outstanding<'k>(&self, keys: impl Iterator<Item = (&'k KeysetId, Denomination, i64)>) {
        self.outstanding_minor.clear();
        let mut overdrawn = 0;
        for (keyset_id, denomination, minor) in keys {
            let labels =
                [("keyset", keyset_id.to_string()), ("denomination", denomination.minor().to_string())];
            self.outstanding_minor.get_or_create(&labels).set(minor);
            overdrawn += i64::from(minor < 0);
        }
        self.overdrawn_keys.set(overdrawn);
    }

    /// Sets whether the last key rotation found the clock in doubt.
    pub(crate) fn clock_in_doubt(&self, in_doubt: bool) {
        self.clock_in_doubt.set(i64::from(in_doubt));
    }

    /// Returns all metrics in the OpenMetrics text format, after setting the current state of the
    /// dependencies.
    pub(crate) fn scrape(&self, parts: &[(&'static str, bool)], issue_seconds_left: u64) -> String {
        for (part, up) in parts {
            self.part_up.get_or_create(&[("part", (*part).to_owned())]).set(i64::from(*up));
        }
        self.log_lines_lost.inner().store(ecash_environment::log::lines_lost(), Ordering::Relaxed);
        self.issue_seconds_left.set(i64::try_from(issue_seconds_left).unwrap_or(i64::MAX));
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl CommitObserver for Meters {
    fn batch(&self, postings: usize) {
        self.batch_size.observe(f64::from(u32::try_from(postings).unwrap_or(u32::MAX)));
    }

    fn failed(&self, step: &'static str) {
        self.commit_failures.get_or_create(&[("step", step.to_owned())]).inc();
    }

    fn posting(&self, kind: OperationKind, result: &Result<CommittedPosting, CommitError>) {
        let result = match result {
            Ok(_) => "committed",
            Err(CommitError::Conflict(_)) => "refused",
            Err(CommitError::Unbalanced(_) | CommitError::Unavailable(_)) => "failed",
        };
        let labels = [("kind", kind.as_str().to_owned()), ("result", result.to_owned())];
        self.postings.get_or_create(&labels).inc();
    }
}
