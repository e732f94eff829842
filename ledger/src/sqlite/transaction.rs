//! A write transaction on the ledger's only writing connection.

use super::SqliteLedger;
use crate::LedgerError;
use crate::error::During as _;
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection};
use std::ops::{Deref, DerefMut};

/// A transaction that has begun with `BEGIN IMMEDIATE`. Dropping it without a commit closes the connection,
/// so that SQLite rolls back and no state of a failed write remains. The next transaction opens a new
/// connection.
pub(super) struct WriteTransaction {
    connection: PoolConnection<Sqlite>,
    committed: bool,
}

impl SqliteLedger {
    /// Begins a write transaction. Waits for the writing connection, and for writers of other processes.
    pub(super) async fn begin(&self) -> Result<WriteTransaction, LedgerError> {
        self.file.check()?;
        let connection = self.writer.acquire().await.during("waiting for a connection")?;
        let mut transaction = WriteTransaction { connection, committed: false };
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *transaction).await.during("BEGIN")?;
        Ok(transaction)
    }
}

impl WriteTransaction {
    /// Commits. The transaction is durable when this returns.
    pub(super) async fn commit(mut self) -> Result<(), LedgerError> {
        sqlx::query("COMMIT").execute(&mut *self).await.during("COMMIT")?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for WriteTransaction {
    fn drop(&mut self) {
        if !self.committed {
            self.connection.close_on_drop();
        }
    }
}

impl Deref for WriteTransaction {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}
