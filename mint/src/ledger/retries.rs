//! Handing a batch in again: once whole, then posting by posting, within a bounded time.
//!
//! A posting that was committed although its COMMIT was not heard is found by its operation id and
//! answered as committed, so handing in again is always safe, and the only way to know.

use super::{CommitError, LedgerError, Posting, Receipt};
use std::time::{Duration, Instant};

/// What one transaction answered, each on its own.
pub(super) type Answers = Vec<Result<Receipt, CommitError>>;

/// After so long of one by one the rest of a failing batch is left: its callers ask again.
const PATIENCE: Duration = Duration::from_secs(8);

/// Whose fault a failed batch is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// One posting's: the others commit without it.
    Posting,
    /// The database's: locked, full, gone.
    Database,
}

/// Commits a batch in one transaction.
pub(super) trait Batches: Sync {
    fn commit_batch(&self, postings: &[Posting])
    -> impl Future<Output = Result<Answers, LedgerError>> + Send;
    fn blame_of(&self, error: &LedgerError) -> Blame;
}

/// Any database error rolls back and is tried again once, then posting by posting.
pub(super) async fn commit_with_retries(
    ledger: &impl Batches,
    postings: &[Posting],
) -> Vec<Result<Receipt, CommitError>> {
    let mut blame = Blame::Posting;
    for attempt in 1..=2 {
        match ledger.commit_batch(postings).await {
            Ok(answers) => return answers,
            Err(error) => {
                tracing::warn!(
                    attempt,
                    postings = postings.len(),
                    error = crate::error_chain::chain(&error),
                    "batch failed"
                );
                blame = ledger.blame_of(&error);
            }
        }
    }
    let began = Instant::now();
    let mut answers = Vec::with_capacity(postings.len());
    for posting in postings {
        if blame == Blame::Database || began.elapsed() > PATIENCE {
            // One by one each would wait as long as the batch did.
            answers.push(Err(CommitError::Unavailable(LedgerError::Busy)));
            continue;
        }
        let alone = ledger.commit_batch(std::slice::from_ref(posting)).await;
        answers.push(match alone.map(|mut answers| answers.pop()) {
            Ok(Some(answer)) => answer,
            Ok(None) => Err(CommitError::Unavailable(LedgerError::Damaged("batch"))),
            Err(error) => Err(CommitError::Unavailable(error)),
        });
    }
    answers
}
