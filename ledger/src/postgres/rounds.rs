//! Which postings go into the next transaction.
//!
//! A batch is written in rounds. Each round tries one transaction with every pending posting. A transaction that finds
//! a row taken or money missing rolls back; a fresh read then names who owns each taken row. The postings that lost
//! get their conflict as a result, a debit that only lacks room beside its neighbours is deferred, and the others are
//! pending again. So one posting's conflict never fails another of the same batch.

use super::PostgresLedger;
use super::balances::Rejection;
use super::batch::Batch;
use super::transaction::{DEADLINE, Written};
use crate::retries::{BatchWriter, Fault, Results};
use crate::{CommitError, Conflict, LedgerError, Posting, Receipt};
use std::collections::{HashMap, HashSet};
use tokio::time::timeout;

/// A batch under way; postings are named by their index.
struct Rounds {
    /// Go into the next transaction.
    pending: Vec<usize>,
    /// Fit the locked balance alone but not beside a neighbour; pending once nothing else is.
    deferred: Vec<usize>,
    /// Final results.
    results: HashMap<usize, Result<Receipt, Conflict>>,
    /// Results made of rows that were read, not written by this batch: the synchronous standby may not hold them yet.
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

    /// Returns the postings of the next transaction; none once every posting has its result.
    fn next_batch<'p>(&mut self, postings: &'p [Posting]) -> Option<Batch<'p>> {
        if self.pending.is_empty() {
            self.pending = std::mem::take(&mut self.deferred);
        }
        let batch =
            Batch { postings: self.pending.iter().filter_map(|index| postings.get(*index)).collect() };
        (!self.pending.is_empty()).then_some(batch)
    }

    fn committed(&mut self, receipts: Vec<Receipt>, wrote: bool) {
        // The COMMIT of a transaction that wrote has waited for the standby, which then holds every row that was
        // read before it. One that only read its postings' earlier attempts has not waited.
        if wrote {
            self.from_read.clear();
        } else {
            self.from_read.extend(&self.pending);
        }
        self.results.extend(self.pending.drain(..).zip(receipts.into_iter().map(Ok)));
    }

    /// `rejections` are by position in the batch, `conflicts` one for each posting of it.
    fn rolled_back(&mut self, mut rejections: HashMap<usize, Rejection>, conflicts: Vec<Option<Conflict>>) {
        let batch = std::mem::take(&mut self.pending);
        for (position, (index, conflict)) in batch.into_iter().zip(conflicts).enumerate() {
            // An owner found by the fresh read comes first: a repeat must be answered before any other conflict.
            match (conflict, rejections.remove(&position)) {
                (Some(conflict), _) | (None, Some(Rejection::Refused(conflict))) => {
                    self.from_read.insert(index);
                    self.results.insert(index, Err(conflict));
                }
                (None, Some(Rejection::Deferred)) => self.deferred.push(index),
                (None, None) => self.pending.push(index),
            }
        }
    }
}

impl BatchWriter for PostgresLedger {
    async fn commit_batch(&self, postings: &[Posting]) -> Result<Results, LedgerError> {
        let mut rounds = Rounds::new(postings.len());
        // Each round ends a posting, defers one, or meets the owner of a row that vanished meanwhile.
        for _ in 0..3 * postings.len() + 3 {
            let Some(batch) = rounds.next_batch(postings) else { break };
            match self.write(&batch).await? {
                Written::Committed { receipts, wrote } => rounds.committed(receipts, wrote),
                Written::RolledBack(rejections) => {
                    let conflicts = timeout(DEADLINE, self.find_conflicts(&batch)).await;
                    rounds.rolled_back(
                        rejections,
                        conflicts
                            .map_err(|_| LedgerError::TimedOut("looking for the owners of taken rows"))??,
                    );
                }
            }
        }
        let replicated = rounds.from_read.is_empty() || self.standby.wait().await.is_ok();
        let mut result = |index: usize| match rounds.results.remove(&index) {
            Some(_) if !replicated && rounds.from_read.contains(&index) => {
                Ok(Err(CommitError::Unavailable(LedgerError::TimedOut("waiting for the standby"))))
            }
            Some(result) => Ok(result.map_err(CommitError::Conflict)),
            // The rounds did not converge: unavailable as a whole, and its clients retry.
            None => Err(LedgerError::Unsettled),
        };
        (0..postings.len()).map(&mut result).collect()
    }

    fn fault_of(&self, error: &LedgerError) -> Fault {
        let LedgerError::Database { source: sqlx::Error::Database(error), .. } = error else {
            return if error.is_internal() { Fault::Posting } else { Fault::Database };
        };
        // Data, constraint, deadlock and serialization, lock timeout, statement timeout.
        let code = error.code().unwrap_or_default();
        let posting = ["22", "23", "40", "55P03", "57014"].iter().any(|class| code.starts_with(class));
        if posting { Fault::Posting } else { Fault::Database }
    }
}
