//! Retries a failed batch: once as a whole, then posting by posting, within a bounded time.
//!
//! A retry is always safe: if the unconfirmed COMMIT of a posting succeeded, the retry finds it by its
//! operation id and returns it as committed. It is also necessary, because only a retry shows whether such a
//! COMMIT succeeded.

use crate::{CommitError, CommittedPosting, LedgerError, OnFailure, Posting};
use ecash_environment::error_chain;
use std::time::{Duration, Instant};

/// The results of a batch, one for each posting, in order.
pub(super) type Results = Vec<Result<CommittedPosting, CommitError>>;

/// How long the postings of a failed batch are retried one by one. The rest are returned as unavailable;
/// clients retry.
const ONE_BY_ONE_TIMEOUT: Duration = Duration::from_secs(8);

/// The cause of a failed batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Probably one posting: the others may commit without it.
    Posting,
    /// The database is locked, full or unreachable: every posting would fail.
    Database,
}

/// Commits a batch in one transaction, without retries.
pub(super) trait BatchWriter: Sync {
    fn commit_batch(&self, postings: &[Posting])
    -> impl Future<Output = Result<Results, LedgerError>> + Send;
    fn fault_of(&self, error: &LedgerError) -> Fault;
}

/// Maximum number of attempts for a whole batch.
const ATTEMPTS: u32 = 2;

/// Commits a batch and retries it after a database error. Conflicts are results, not errors, and are not
/// retried.
pub(super) async fn commit_with_retries(
    ledger: &impl BatchWriter,
    postings: &[Posting],
    failed: OnFailure<'_>,
) -> Vec<Result<CommittedPosting, CommitError>> {
    // 1. Try the whole batch. `fault` is the cause of the last failure.
    let mut fault = Fault::Posting;
    for attempt in 1..=ATTEMPTS {
        match ledger.commit_batch(postings).await {
            Ok(results) => return results,
            Err(error) => {
                failed(error.step());
                tracing::warn!(
                    attempt,
                    postings = postings.len(),
                    step = error.step(),
                    error = error_chain(&error),
                    retries = attempt < ATTEMPTS,
                    "ledger transaction failed"
                );
                fault = ledger.fault_of(&error);
            }
        }
    }
    // 2. If the last failure was the database's, return all postings as unavailable; clients retry. Otherwise
    //    one posting was at fault: commit them one by one, so that only that one fails.
    let began = Instant::now();
    let mut results = Vec::with_capacity(postings.len());
    for posting in postings {
        if fault == Fault::Database {
            results.push(Err(CommitError::Unavailable(LedgerError::BatchFailed)));
            continue;
        }
        if began.elapsed() > ONE_BY_ONE_TIMEOUT {
            // Each further attempt could take as long as the whole batch did.
            results.push(Err(CommitError::Unavailable(LedgerError::TimedOut("retrying a failed batch"))));
            continue;
        }
        let alone = ledger.commit_batch(std::slice::from_ref(posting)).await;
        results.push(match alone.map(|mut results| results.pop()) {
            Ok(Some(result)) => result,
            Ok(None) => Err(CommitError::Unavailable(LedgerError::BrokenInvariant(
                "a batch of one posting has no result",
            ))),
            Err(error) => {
                failed(error.step());
                Err(CommitError::Unavailable(error))
            }
        });
    }
    results
}
