//! Group commit: writes all queued postings in one transaction, so that they share one fsync.
//!
//! One task owns the queue. In each round it waits for a first posting, adds all other queued postings,
//! splits off a batch without shared unique keys, commits it, and sends each posting its result.

use crate::{CommitError, CommittedPosting, LedgerError, OperationKind, Posting, Postings, UniqueKey};
use ecash_environment::error_chain;
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, oneshot};

/// How long a posting waits for a slot in a full queue.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// How long a queued posting waits for its result. The batch continues after that; the client's retry finds
/// the result.
const MAX_COMMIT_TIME: Duration = Duration::from_secs(20);

/// Limits of a batch and of the queue.
#[derive(Debug, Clone, Copy)]
pub struct CommitterSettings {
    /// Maximum number of postings in one transaction.
    pub batch_size: usize,
    /// How long the first posting of an idle committer waits for others. Zero by default, because postings
    /// gather anyway while the previous batch is written.
    pub delay: Duration,
    /// Maximum number of queued postings. Further ones wait up to five seconds for a slot and then fail.
    pub queue_size: usize,
}

impl Default for CommitterSettings {
    fn default() -> Self {
        Self { batch_size: 64, delay: Duration::ZERO, queue_size: 1024 }
    }
}

/// Receives every batch and result, for metrics.
pub trait CommitObserver: Send + Sync {
    /// Called after each batch with its number of postings, whether or not it committed.
    fn batch(&self, postings: usize);
    /// Called for each failed attempt to commit a batch, with the statement or step that failed.
    fn failed(&self, step: &'static str);
    /// Called once for each posting when its result is known.
    fn posting(&self, kind: OperationKind, result: &Result<CommittedPosting, CommitError>);
}

struct Job {
    posting: Posting,
    answer: oneshot::Sender<Result<CommittedPosting, CommitError>>,
}

/// Whether the last write to the ledger succeeded. Shared with the health check, and logged when it changes.
#[derive(Default)]
pub struct WriteHealth {
    failed: AtomicBool,
    written_at: Mutex<Option<Instant>>,
}

impl WriteHealth {
    /// Records a committed write.
    pub fn succeeded(&self) {
        *self.written_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        if self.failed.swap(false, Ordering::Relaxed) {
            tracing::info!("ledger accepts writes again");
        }
    }

    /// Records a failed write. Logs only the first of several failures in a row.
    pub fn failed(&self, error: &LedgerError) {
        if !self.failed.swap(true, Ordering::Relaxed) {
            let error = error_chain(error);
            tracing::error!(error, "ledger rejects writes; returning 503 until it recovers");
        }
    }

    /// Returns whether the last write failed.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Returns whether a write was committed within the last `age`.
    pub fn has_written_within(&self, age: Duration) -> bool {
        let written_at = self.written_at.lock().unwrap_or_else(PoisonError::into_inner);
        written_at.is_some_and(|at| at.elapsed() < age)
    }

    /// Records a batch: failed if the database could not be used for any posting, succeeded if any was
    /// committed. Conflicts alone change nothing, because they do not indicate a failure of the database.
    fn count(&self, results: &[Result<CommittedPosting, CommitError>]) {
        let unavailable = results.iter().find_map(|result| match result {
            Err(CommitError::Unavailable(error)) if !error.is_internal() => Some(error),
            _ => None,
        });
        match unavailable {
            Some(error) => self.failed(error),
            None if results.iter().any(Result::is_ok) => self.succeeded(),
            None => {}
        }
    }
}

/// A handle to the committer task. After the last handle is dropped, the task commits what is queued and
/// ends.
#[derive(Clone)]
pub struct Committer {
    jobs: mpsc::Sender<Job>,
    write_health: Arc<WriteHealth>,
}

impl Committer {
    /// Starts the task. Must be called within a tokio runtime.
    #[must_use]
    pub fn start(
        ledger: Arc<dyn Postings>,
        settings: CommitterSettings,
        observer: Arc<dyn CommitObserver>,
    ) -> Self {
        let (jobs, receiver) = mpsc::channel(settings.queue_size);
        let write_health = Arc::<WriteHealth>::default();
        tokio::spawn(run(ledger, settings, observer, receiver, write_health.clone()));
        Self { jobs, write_health }
    }

    /// Returns whether the task that writes postings has ended. Then every posting fails until a restart.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.jobs.is_closed()
    }

    /// The health of writes, which the task updates after each batch.
    #[must_use]
    pub fn write_health(&self) -> &Arc<WriteHealth> {
        &self.write_health
    }

    /// Commits a posting, in one transaction with others that are queued. Dropping the future does not cancel
    /// the commit.
    ///
    /// # Errors
    /// [`CommitError`]. After [`CommitError::Unavailable`] the posting may still have been committed; submit
    /// it again to get its result.
    pub async fn commit(&self, posting: Posting) -> Result<CommittedPosting, CommitError> {
        let (answer, answered) = oneshot::channel();
        let stopped = |_| CommitError::Unavailable(LedgerError::Stopped);
        let sent = self.jobs.send_timeout(Job { posting, answer }, MAX_WAIT).await;
        sent.map_err(|error| match error {
            SendTimeoutError::Timeout(_) => {
                CommitError::Unavailable(LedgerError::TimedOut("waiting for a slot in the commit queue"))
            }
            SendTimeoutError::Closed(_) => CommitError::Unavailable(LedgerError::Stopped),
        })?;
        // Only the wait times out, not the database work: a transaction is never cancelled halfway.
        match tokio::time::timeout(MAX_COMMIT_TIME, answered).await {
            Ok(answer) => answer.map_err(stopped)?,
            Err(_) => Err(CommitError::Unavailable(LedgerError::TimedOut("waiting for the commit"))),
        }
    }
}

async fn run(
    ledger: Arc<dyn Postings>,
    settings: CommitterSettings,
    observer: Arc<dyn CommitObserver>,
    mut receiver: mpsc::Receiver<Job>,
    write_health: Arc<WriteHealth>,
) {
    // Received and not yet committed, oldest first. After a round it contains the postings that share a
    // unique key with an earlier one.
    let mut waiting = VecDeque::new();
    loop {
        // 1. Wait for a first posting, unless some were left by the last round. Ends when all handles are
        //    dropped.
        if waiting.is_empty() {
            let Some(first) = receiver.recv().await else { return };
            waiting.push_back(first);
            if !settings.delay.is_zero() {
                tokio::time::sleep(settings.delay).await;
            }
        }
        // 2. Add what is queued already, without waiting.
        while waiting.len() < settings.batch_size {
            let Ok(job) = receiver.try_recv() else { break };
            waiting.push_back(job);
        }
        // 3. Commit a batch in which no two postings share a unique key, and send the results.
        let (postings, answers) = take_batch(&mut waiting, settings.batch_size);
        let results = ledger.commit(&postings, &|step| observer.failed(step)).await;
        write_health.count(&results);
        observer.batch(postings.len());
        for ((answer, posting), result) in answers.into_iter().zip(&postings).zip(results) {
            observer.posting(posting.draft().operation.kind, &result);
            // Fails if the receiver has timed out; the client's retry finds the result.
            let _ = answer.send(result);
        }
    }
}

type Answers = Vec<oneshot::Sender<Result<CommittedPosting, CommitError>>>;

/// Takes up to `batch_size` postings in order. Those that share a unique key with an earlier one stay for the
/// next batch.
fn take_batch(waiting: &mut VecDeque<Job>, batch_size: usize) -> (Vec<Posting>, Answers) {
    let mut taken: HashSet<UniqueKey> = HashSet::new();
    let mut left = VecDeque::new();
    let (mut postings, mut answers) = (Vec::new(), Vec::new());
    for job in waiting.drain(..) {
        let clashes = job.posting.unique_keys().any(|key| taken.contains(&key));
        // The keys of a posting that stays are taken too. Otherwise a later posting could overtake one with
        // which it shares a key.
        taken.extend(job.posting.unique_keys());
        if clashes || postings.len() == batch_size {
            left.push_back(job);
        } else {
            postings.push(job.posting);
            answers.push(job.answer);
        }
    }
    *waiting = left;
    (postings, answers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, Draft, Operation, OperationId, OperationKind};
    use ecash_core::Timestamp;

    fn job(id: u8, claim: &str) -> Job {
        let operation = Operation {
            id: OperationId::new([id; 16]),
            kind: OperationKind::Cancel,
            request_digest: None,
            at: Timestamp::from_unix_seconds(0),
        };
        let mut draft = Draft::new(operation, serde_json::Value::Null);
        draft.claims.push((Claim::fund(claim), None));
        Job { posting: draft.balanced().unwrap(), answer: oneshot::channel().0 }
    }

    #[test]
    fn a_batch_never_holds_two_postings_that_share_a_key() {
        let mut waiting = VecDeque::from([job(1, "a"), job(2, "b"), job(3, "a"), job(4, "c")]);
        let ids = |postings: &[Posting]| {
            postings.iter().map(|posting| posting.draft().operation.id.as_bytes()[0]).collect::<Vec<_>>()
        };
        assert_eq!(ids(&take_batch(&mut waiting, 10).0), [1, 2, 4]);
        assert_eq!(ids(&take_batch(&mut waiting, 10).0), [3]);
        assert!(waiting.is_empty());
    }
}
