//! Retries a batch: once as a whole, then posting by posting, within a bounded time.
//!
//! A posting that committed although its COMMIT was not confirmed is found by its operation id and returned as
//! committed. So a retry is always safe, and the only way to find out.

use crate::{CommitError, LedgerError, Posting, Receipt};
use ecash_environment::error_chain;
use std::time::{Duration, Instant};

/// The results of a batch, one for each posting.
pub(super) type Results = Vec<Result<Receipt, CommitError>>;

/// How long the postings of a failing batch are retried one by one; the rest fails, and its clients retry.
const ONE_BY_ONE_TIMEOUT: Duration = Duration::from_secs(8);

/// Whose fault a failed batch is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// One posting's: the others commit without it.
    Posting,
    /// The database's: locked, full, gone.
    Database,
}

/// Commits a batch in one transaction.
pub(super) trait BatchWriter: Sync {
    fn commit_batch(&self, postings: &[Posting])
    -> impl Future<Output = Result<Results, LedgerError>> + Send;
    fn fault_of(&self, error: &LedgerError) -> Fault;
}

/// Commits a batch. A database error rolls back and is retried once, then posting by posting.
pub(super) async fn commit_with_retries(
    ledger: &impl BatchWriter,
    postings: &[Posting],
) -> Vec<Result<Receipt, CommitError>> {
    let mut fault = Fault::Posting;
    for attempt in 1..=2 {
        match ledger.commit_batch(postings).await {
            Ok(results) => return results,
            Err(error) => {
                tracing::warn!(
                    attempt,
                    postings = postings.len(),
                    error = error_chain(&error),
                    "ledger transaction failed; retrying"
                );
                fault = ledger.fault_of(&error);
            }
        }
    }
    let began = Instant::now();
    let mut results = Vec::with_capacity(postings.len());
    for posting in postings {
        if fault == Fault::Database || began.elapsed() > ONE_BY_ONE_TIMEOUT {
            // Each would wait as long as the batch did.
            results.push(Err(CommitError::Unavailable(LedgerError::TimedOut("retrying a failed batch"))));
            continue;
        }
        let alone = ledger.commit_batch(std::slice::from_ref(posting)).await;
        results.push(match alone.map(|mut results| results.pop()) {
            Ok(Some(result)) => result,
            Ok(None) => Err(CommitError::Unavailable(LedgerError::BrokenInvariant(
                "a batch of one posting has no result",
            ))),
            Err(error) => Err(CommitError::Unavailable(error)),
        });
    }
    results
}
