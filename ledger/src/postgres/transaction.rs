//! Writes one batch in one transaction, with one statement per table:
//!
//! 0. Takes a shared advisory lock on each keyset of the batch and reads its state. Rejects postings that the
//!    state does not allow.
//! 1. Inserts `operations`. An existing id is an earlier attempt of the same posting, whose COMMIT was not
//!    confirmed. The insert waits for an attempt that is still running.
//! 2. Inserts `claims`.
//! 3. Locks `accounts`, ordered by id. No earlier statement may insert a row with a foreign key to them.
//! 4. Locks `recoverable`, ordered by key id, and takes the value of opened tokens from it.
//! 5. Inserts `spent`, then `issued`.
//! 6. Writes balances, entries, events and rows of the audit log.
//!
//! Every process locks tables in this order, and rows of a table in the order of its primary key. One batch
//! may wait for another, but they never deadlock. A transaction continues after it finds a taken row, in
//! order to find all of them, and then rolls back. `rounds` decides which postings are retried.

use super::PostgresLedger;
use super::balances::Rejection;
use super::batch::Batch;
use super::inserts::{
    check_balances, find_keyset_conflicts, insert_claims, insert_entries, insert_operation_rows,
    insert_operations, insert_tokens,
};
use super::recoverable::take_recoverable;
use crate::changes::check_count;
use crate::error::During as _;
use crate::{CommittedPosting, Draft, LedgerError, Posting};
use sqlx::{Connection as _, PgConnection};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::timeout;

/// How long one transaction may take. Needed in addition to the server's timeouts, which do not apply if the
/// server is unreachable.
pub(super) const DEADLINE: Duration = Duration::from_secs(18);

/// The result of a transaction.
pub(super) enum Written {
    Committed {
        committed: Vec<CommittedPosting>,
        /// False if every posting had been committed by an earlier attempt, and its result was only read.
        wrote: bool,
    },
    /// Nothing was written. Contains the rejections by index in the batch, but not the postings whose rows
    /// were taken.
    RolledBack(HashMap<usize, Rejection>),
}

impl PostgresLedger {
    pub(super) async fn write(&self, batch: &Batch<'_>) -> Result<Written, LedgerError> {
        let mut connection = self.committer.acquire().await.during("waiting for a connection")?;
        match timeout(DEADLINE, write_on(&mut connection, batch)).await {
            Ok(Ok(written)) => Ok(written),
            Ok(Err(error)) => {
                if let LedgerError::Database { source, .. } = &error {
                    self.primary.note(source);
                }
                Err(error)
            }
            Err(_) => {
                // The transaction is in an unknown state, so the connection must not be reused. A retry of
                // the same postings detects whether it committed, as after any unconfirmed COMMIT.
                connection.close_on_drop();
                Err(LedgerError::TimedOut("a transaction"))
            }
        }
    }
}

async fn write_on(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<Written, LedgerError> {
    let mut transaction = connection.begin().await.during("BEGIN")?;
    let written = attempt(&mut transaction, batch).await?;
    match written {
        Written::Committed { .. } => transaction.commit().await.during("COMMIT")?,
        Written::RolledBack(_) => transaction.rollback().await.during("ROLLBACK")?,
    }
    Ok(written)
}

/// Runs steps 0 to 6, without the COMMIT.
async fn attempt(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<Written, LedgerError> {
    // Step 0. `rejections`: postings that this transaction must not write, by index in `batch`.
    let mut rejections = find_keyset_conflicts(connection, batch).await?;

    // Step 1. `earlier`: records of postings that an earlier attempt committed. None of their rows are
    // written again, and a keyset that has ended since does not reject them. `fresh`: all other postings, and
    // `positions` their indices in `batch`.
    let earlier = insert_operations(connection, batch).await?;
    let is_earlier = |posting: &Posting| earlier.contains_key(posting.draft().operation.id.as_bytes());
    let mut fresh = Vec::new();
    let mut positions = Vec::new();
    for (position, posting) in batch.postings.iter().enumerate() {
        if is_earlier(posting) {
            rejections.remove(&position);
        } else {
            fresh.push(*posting);
            positions.push(position);
        }
    }
    let fresh = Batch { postings: fresh };

    // Steps 2 to 5. `complete`: no row of `fresh` was taken. All steps run even after a row was taken, so
    // that one fresh read finds every owner. A posting that step 0 rejected keeps that rejection.
    let mut complete = insert_claims(connection, &fresh).await?;
    let mut reject = |found: Vec<Option<Rejection>>| {
        for (rejection, position) in found.into_iter().zip(&positions) {
            if let Some(rejection) = rejection {
                rejections.entry(*position).or_insert(rejection);
            }
        }
    };
    reject(check_balances(connection, &fresh).await?);
    reject(take_recoverable(connection, &fresh).await?);
    complete &= insert_tokens(connection, &fresh).await?;
    if !complete || !rejections.is_empty() {
        return Ok(Written::RolledBack(rejections));
    }

    // Step 6. Invariant: every posting of `fresh` is accepted, its accounts are locked, and all its rows were
    // free.
    insert_entries(connection, &fresh).await?;
    let committed = |draft: &Draft| match earlier.get(draft.operation.id.as_bytes()) {
        Some(record) => record.clone().into(),
        None => CommittedPosting { operation_id: draft.operation.id, outcome: draft.outcome.clone() },
    };
    let wrote = !fresh.postings.is_empty();
    Ok(Written::Committed { committed: batch.drafts().map(committed).collect(), wrote })
}

/// Writes a posting without claims or tokens inside the caller's transaction. It cannot conflict, so an
/// existing operation id is an error.
pub(super) async fn write_without_conflicts(
    connection: &mut PgConnection,
    posting: &Posting,
) -> Result<(), LedgerError> {
    let batch = Batch { postings: vec![posting] };
    let inserted = insert_operation_rows(connection, &batch).await?;
    check_count("operations", inserted.len() as u64, 1)?;
    insert_entries(connection, &batch).await
}
