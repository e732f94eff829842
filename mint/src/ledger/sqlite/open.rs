//! Opening a ledger: what cannot be trusted is refused.

use super::statements;
use crate::ledger::open::check_identity;
use crate::ledger::rows::IdentityRow;
use crate::ledger::{LedgerIdentity, OpenError};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};
use std::path::Path;
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
const READERS: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A ledger in one SQLite file.
pub struct SqliteLedger {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

impl SqliteLedger {
    /// Opens or creates the file, migrates the schema, and checks whose ledger it is.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(path: &Path, identity: &LedgerIdentity) -> Result<Self, OpenError> {
        let database = |source| OpenError::Database { place: path.display().to_string(), source };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        // A migration that makes a table anew must not trip over what refers to it.
        let one = || SqlitePoolOptions::new().max_connections(1);
        let migrating = one().connect_with(options.clone().foreign_keys(false)).await.map_err(database)?;
        MIGRATIONS.run(&migrating).await.map_err(OpenError::Schema)?;
        migrating.close().await;
        let writer = one().connect_with(options.clone()).await.map_err(database)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.read_only(true))
            .await
            .map_err(database)?;
        let ledger = Self { writer, readers };
        match ledger.identity().await.map_err(database)? {
            None => ledger.write_identity(identity).await.map_err(database)?,
            Some(found) => check_identity(&found, identity)?,
        }
        Ok(ledger)
    }

    async fn identity(&self) -> Result<Option<IdentityRow>, sqlx::Error> {
        sqlx::query_as(statements::IDENTITY).fetch_optional(&self.writer).await
    }

    async fn write_identity(&self, identity: &LedgerIdentity) -> Result<(), sqlx::Error> {
        sqlx::query(statements::INSERT_IDENTITY)
            .bind(identity.institution_id.as_str())
            .bind(identity.currency.code.as_str())
            .bind(identity.currency.exponent)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// A read transaction: one moment of the ledger.
    pub(super) async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.readers.begin().await
    }

    /// Closes all connections, so that the file is whole on its own.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
