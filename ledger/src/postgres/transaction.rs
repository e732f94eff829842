//! One batch, one transaction, one statement per table.
//!
//! 0. A shared advisory lock on each touched keyset, then its state: an ended one accepts nothing more.
//! 1. `operations`: an id that exists is this posting's own earlier attempt, whose COMMIT was not confirmed. An attempt
//!    that is still under way is waited for.
//! 2. `claims`.
//! 3. `accounts`, locked in order. No earlier statement may hold a foreign key to them.
//! 4. `spent`. 5. `issued`.
//! 6. Balances, entries, events, rows of the audit log.
//!
//! The rows of each table are inserted in the order of its primary key, by every process, so that two batches wait for
//! each other but never in a circle. A transaction goes on after a row that was taken, so that it finds all of them;
//! then it rolls back (`rounds` decides what follows).

use super::PostgresLedger;
use super::balances::Rejection;
use super::batch::Batch;
use super::inserts::{
    check_balances, find_ended, insert_claims, insert_entries, insert_operation_rows, insert_operations,
    insert_tokens,
};
use crate::changes::check_count;
use crate::error::During as _;
use crate::{Draft, LedgerError, Posting, Receipt};
use sqlx::{Connection as _, PgConnection};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::timeout;

/// How long one transaction may take. The server's own timeouts do not help when the server is gone.
pub(super) const DEADLINE: Duration = Duration::from_secs(18);

/// What a transaction did.
pub(super) enum Written {
    Committed {
        receipts: Vec<Receipt>,
        /// False if every posting had been committed by an earlier attempt, and was only read.
        wrote: bool,
    },
    /// Nothing was written. Rejections are by position in the batch; postings whose rows were taken are not among them.
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
                // Interrupted in an unknown state: the connection must not be used again. Whether the transaction
                // committed is found out by trying the same postings again, as after any unconfirmed COMMIT.
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

/// Runs everything but the COMMIT.
async fn attempt(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<Written, LedgerError> {
    // Step 0. By position in the batch.
    let mut rejections = find_ended(connection, batch).await?;

    // Step 1. `earlier` holds the postings that were committed before; nothing of them is written again, and a
    // keyset that ended since does not reject them.
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

    // Steps 2 to 5. All of them run even after a row was taken, so that one fresh read names every owner.
    let mut complete = insert_claims(connection, &fresh).await?;
    for (rejection, position) in check_balances(connection, &fresh).await?.into_iter().zip(positions) {
        if let Some(rejection) = rejection {
            rejections.entry(position).or_insert(rejection);
        }
    }
    complete &= insert_tokens(connection, &fresh).await?;
    if !complete || !rejections.is_empty() {
        return Ok(Written::RolledBack(rejections));
    }

    // Step 6. Here every posting is accepted and every row was free.
    insert_entries(connection, &fresh).await?;
    let receipt = |draft: &Draft| match earlier.get(draft.operation.id.as_bytes()) {
        Some(record) => record.clone().into(),
        None => Receipt { operation_id: draft.operation.id, outcome: draft.outcome.clone() },
    };
    let wrote = !fresh.postings.is_empty();
    Ok(Written::Committed { receipts: batch.drafts().map(receipt).collect(), wrote })
}

/// Writes a posting that cannot conflict, inside the caller's transaction.
pub(super) async fn write_unopposed(
    connection: &mut PgConnection,
    posting: &Posting,
) -> Result<(), LedgerError> {
    let batch = Batch { postings: vec![posting] };
    let inserted = insert_operation_rows(connection, &batch).await?;
    check_count("operations", inserted.len() as u64, 1)?;
    insert_entries(connection, &batch).await
}
