//! Writes a batch in rounds, so that one posting's conflict never fails another posting of the same batch.
//!
//! Each round:
//! 1. Tries one transaction with every pending posting. If it commits, all of them have their results.
//! 2. If a row was taken or a balance is out of range, the transaction has rolled back. A fresh read then
//!    finds the operation that owns each taken row.
//! 3. Postings that conflict get the conflict as their result. A posting that only together with
//!    others exceeds a balance, or what a revoked key has left, is deferred. All others stay pending for the next round.
//!
//! Invariant between rounds: each posting is in exactly one of `pending`, `deferred` and `results`.

use super::PostgresLedger;
use super::balances::Rejection;
use super::batch::Batch;
use super::transaction::{DEADLINE, Written};
use crate::retries::{BatchWriter, Fault, Results};
use crate::{CommitError, CommittedPosting, Conflict, LedgerError, Posting};
use std::collections::{HashMap, HashSet};
use tokio::time::timeout;

/// The working sets of a batch, by index of the posting.
struct Rounds {
    /// Postings of the next transaction.
    pending: Vec<usize>,
    /// Postings that the balances allow alone, but not together with those accepted before them. They become
    /// pending once `pending` is empty.
    deferred: Vec<usize>,
    /// Final results.
    results: HashMap<usize, Result<CommittedPosting, Conflict>>,
    /// Results that depend on rows that this batch read but did not write. The synchronous standby may not
    /// hold those rows yet, so these results are withheld until it does. A subset of `results`.
    from_read: HashSet<usize>,
}

impl Rounds {
    fn new(count: usize) -> Self {
        Self {
            pending: (0..count).collect(),
            deferred: Vec::new(),
            results: HashMap::new(),
            from_read: HashSet::new(),
        }
    }

    /// Returns the postings of the next transaction, in the order of `pending`; `None` once every posting has
    /// its result.
    fn next_batch<'p>(&mut self, postings: &'p [Posting]) -> Option<Batch<'p>> {
        if self.pending.is_empty() {
            self.pending = std::mem::take(&mut self.deferred);
        }
        let batch =
            Batch { postings: self.pending.iter().filter_map(|index| postings.get(*index)).collect() };
        (!self.pending.is_empty()).then_some(batch)
    }

    /// Records a committed transaction. `committed` has one item for each pending posting, in order.
    fn committed(&mut self, committed: Vec<CommittedPosting>, wrote: bool) {
        // The COMMIT of a transaction that wrote rows has waited for the standby, which then holds every row
        // that was read before. A transaction that only read the results of earlier attempts has not waited.
        if wrote {
            self.from_read.clear();
        } else {
            self.from_read.extend(&self.pending);
        }
        self.results.extend(self.pending.drain(..).zip(committed.into_iter().map(Ok)));
    }

    /// Records a rolled back transaction. `rejections` are by index in the batch; `conflicts` has one item
    /// for each posting of the batch, in order.
    fn rolled_back(&mut self, mut rejections: HashMap<usize, Rejection>, conflicts: Vec<Option<Conflict>>) {
        let batch = std::mem::take(&mut self.pending);
        for (position, (index, conflict)) in batch.into_iter().zip(conflicts).enumerate() {
            // The owner found by the fresh read takes precedence: a retry must find its earlier operation
            // first.
            match (conflict, rejections.remove(&position)) {
                (Some(conflict), _) | (None, Some(Rejection::Refused(conflict))) => {
                    self.from_read.insert(index);
                    self.results.insert(index, Err(conflict));
                }
                (None, Some(Rejection::Deferred)) => self.deferred.push(index),
                // This posting is not at fault, or the taken row was deleted before the fresh read: retry it.
                (None, None) => self.pending.push(index),
            }
        }
    }
}

impl BatchWriter for PostgresLedger {
    async fn commit_batch(&self, postings: &[Posting]) -> Result<Results, LedgerError> {
        let mut rounds = Rounds::new(postings.len());
        // Each round gives a posting its result or defers one, unless a taken row was deleted before the
        // fresh read. The limit bounds how often that is retried.
        for _ in 0..3 * postings.len() + 3 {
            let Some(batch) = rounds.next_batch(postings) else { break };
            match self.write(&batch).await? {
                Written::Committed { committed, wrote } => rounds.committed(committed, wrote),
                Written::RolledBack(rejections) => {
                    let conflicts = timeout(DEADLINE, self.find_conflicts(&batch)).await;
                    rounds.rolled_back(
                        rejections,
                        conflicts
                            .map_err(|_| LedgerError::TimedOut("finding the owners of taken rows"))??,
                    );
                }
            }
        }
        // Withhold results that were only read until the standby holds their rows. Written results need no
        // wait.
        let replicated = rounds.from_read.is_empty() || self.standby.wait().await.is_ok();
        let mut result = |index: usize| match rounds.results.remove(&index) {
            Some(_) if !replicated && rounds.from_read.contains(&index) => {
                Ok(Err(CommitError::Unavailable(LedgerError::TimedOut("waiting for the standby"))))
            }
            Some(result) => Ok(result.map_err(CommitError::Conflict)),
            // The rounds did not converge: the whole batch fails as unavailable, and clients retry.
            None => Err(LedgerError::Unsettled),
        };
        (0..postings.len()).map(&mut result).collect()
    }

    fn fault_of(&self, error: &LedgerError) -> Fault {
        let LedgerError::Database { source: sqlx::Error::Database(error), .. } = error else {
            return if error.is_internal() { Fault::Posting } else { Fault::Database };
        };
        // SQLSTATE: data, constraint, deadlock and serialization, lock timeout, statement timeout.
        let code = error.code().unwrap_or_default();
        let posting = ["22", "23", "40", "55P03", "57014"].iter().any(|class| code.starts_with(class));
        if posting { Fault::Posting } else { Fault::Database }
    }
}
