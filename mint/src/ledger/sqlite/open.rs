//! Opening a ledger: what cannot be trusted is refused.

use super::statements;
use crate::ledger::LedgerIdentity;
use ecash_core::{Currency, InstitutionId};
use sqlx::Row;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::path::Path;
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
const READERS: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a ledger was not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be opened or written.
    #[error("the ledger file {path} cannot be opened")]
    Database {
        /// Where it is.
        path: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The schema is another version's.
    #[error(
        "the ledger has a schema that this version does not know; use the version that wrote it, or a later one"
    )]
    Schema(#[source] MigrateError),
    /// It belongs to another institution or currency.
    #[error(
        "the ledger is of {found_institution} in {found_currency}, but the settings say {expected_institution} in {expected_currency}"
    )]
    Identity {
        /// In the ledger.
        found_institution: String,
        /// In the ledger.
        found_currency: String,
        /// In the settings.
        expected_institution: String,
        /// In the settings.
        expected_currency: String,
    },
}

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
        let database = |source| OpenError::Database { path: path.display().to_string(), source };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(database)?;
        MIGRATIONS.run(&writer).await.map_err(OpenError::Schema)?;
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

    async fn identity(&self) -> Result<Option<(String, String, u8)>, sqlx::Error> {
        let row = sqlx::query(statements::IDENTITY).fetch_optional(&self.writer).await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).transpose()
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

    /// Closes all connections, so that the file is whole on its own.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn check_identity(found: &(String, String, u8), expected: &LedgerIdentity) -> Result<(), OpenError> {
    let (institution, code, exponent) = found;
    let same = InstitutionId::new(institution.as_str()).as_ref() == Ok(&expected.institution_id)
        && Currency::new(code, *exponent).as_ref() == Ok(&expected.currency);
    if same {
        return Ok(());
    }
    Err(OpenError::Identity {
        found_institution: institution.clone(),
        found_currency: format!("{code} (exponent {exponent})"),
        expected_institution: expected.institution_id.to_string(),
        expected_currency: format!("{} (exponent {})", expected.currency.code, expected.currency.exponent),
    })
}
