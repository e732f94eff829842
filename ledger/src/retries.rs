//! Handing a batch in again: once whole, then posting by posting, within a bounded time.
//!
//! A posting that was committed although its COMMIT was not heard is found by its operation id and
//! answered as committed, so handing in again is always safe, and the only way to know.

use crate::{CommitError, LedgerError, Posting, Receipt};
use ecash_environment::error_chain;
use std::time::{Duration, Instant};

/// What one transaction answered, each on its own.
pub(super) type Results = Vec<Result<Receipt, CommitError>>;

/// After so long of one by one the rest of a failing batch is left: its callers ask again.
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

/// Any database error rolls back and is tried again once, then posting by posting.
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
                    "batch failed"
                );
                fault = ledger.fault_of(&error);
            }
        }
    }
    let began = Instant::now();
    let mut results = Vec::with_capacity(postings.len());
    for posting in postings {
        if fault == Fault::Database || began.elapsed() > ONE_BY_ONE_TIMEOUT {
            // One by one each would wait as long as the batch did.
            results.push(Err(CommitError::Unavailable(LedgerError::Busy)));
            continue;
        }
        let alone = ledger.commit_batch(std::slice::from_ref(posting)).await;
        results.push(match alone.map(|mut results| results.pop()) {
            Ok(Some(result)) => result,
            Ok(None) => Err(CommitError::Unavailable(LedgerError::Corrupt("batch"))),
            Err(error) => Err(CommitError::Unavailable(error)),
        });
    }
    results
}
