//! Opens a ledger file, migrates its schema, and rejects files that are missing or belong to another mint.

use super::file::LedgerFile;
use super::statements;
use crate::error::During as _;
use crate::open::check_identity;
use crate::rows::IdentityRow;
use crate::{IfMissing, LedgerError, LedgerIdentity, OpenError};
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
    pub(super) file: LedgerFile,
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

impl SqliteLedger {
    /// Opens the file, or creates it if `if_missing` allows that, migrates the schema, and checks the
    /// ledger's identity.
    ///
    /// # Errors
    /// [`OpenError`]. With [`IfMissing::Refuse`], a missing file is not created and a file without a ledger
    /// is not changed.
    pub async fn open(
        path: &Path,
        identity: &LedgerIdentity,
        if_missing: IfMissing,
    ) -> Result<Self, OpenError> {
        let location = || path.display().to_string();
        let database = |source| OpenError::Database { location: location(), source };
        let create = if_missing == IfMissing::Create;
        if !create && !path.exists() {
            return Err(OpenError::Missing { location: location() });
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        // Migrations run without foreign keys, because rebuilding a table would violate the references to it.
        let one = || SqlitePoolOptions::new().max_connections(1);
        let migrating = one().connect_with(options.clone().foreign_keys(false)).await.map_err(database)?;
        let has_schema: bool =
            sqlx::query_scalar(statements::HAS_SCHEMA.sql).fetch_one(&migrating).await.map_err(database)?;
        if !create && !has_schema {
            return Err(OpenError::Missing { location: location() });
        }
        MIGRATIONS.run(&migrating).await.map_err(OpenError::Schema)?;
        migrating.close().await;
        let file = LedgerFile::at(path).map_err(|error| database(sqlx::Error::Io(error)))?;
        let writer = one().connect_with(options.clone()).await.map_err(database)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.read_only(true))
            .await
            .map_err(database)?;
        let ledger = Self { file, writer, readers };
        match ledger.identity().await.map_err(database)? {
            Some(found) => check_identity(&found, identity)?,
            None if create => ledger.write_identity(identity).await.map_err(database)?,
            None => return Err(OpenError::Missing { location: location() }),
        }
        Ok(ledger)
    }

    async fn identity(&self) -> Result<Option<IdentityRow>, sqlx::Error> {
        sqlx::query_as(statements::IDENTITY.sql).fetch_optional(&self.writer).await
    }

    async fn write_identity(&self, identity: &LedgerIdentity) -> Result<(), sqlx::Error> {
        sqlx::query(statements::INSERT_IDENTITY.sql)
            .bind(identity.institution_id.as_str())
            .bind(identity.currency.code.as_str())
            .bind(identity.currency.exponent)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Begins a read transaction; all of its statements see the same commits.
    pub(super) async fn begin_snapshot(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.readers.begin().await
    }

    /// Copies a snapshot of the ledger to a new file. Concurrent writes are allowed.
    ///
    /// # Errors
    /// If the file exists or cannot be written.
    pub async fn copy_to(&self, path: &Path) -> Result<(), LedgerError> {
        let target = path.display().to_string();
        let copied = sqlx::query("VACUUM INTO ?").bind(target).execute(&self.readers).await;
        copied.map(drop).during("VACUUM INTO")
    }

    /// Closes all connections, which checkpoints the WAL: afterwards the file alone is the complete ledger.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
