//! Stores the wallet's state in one SQLite file.
//!
//! Invariants of this module:
//! 1. Only one store in all processes has the file open. The operating system releases the lock after a
//!    crash.
//! 2. When `apply` returns, the change is durable (WAL, full sync) or nothing of it was written.
//! 3. A file of a later version or of another program is rejected before it is changed.

use ecash_wallet::store::{Change, FORMAT_VERSION, Record, Table, Transition, Write};
use ecash_wallet::{Store, StoreError};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use tokio::sync::OnceCell;

/// "eCsh" in ASCII: marks a SQLite file as a wallet.
const APPLICATION_ID: i64 = 0x6543_7368;
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS records (
    table_name  TEXT NOT NULL,
    key         TEXT NOT NULL,
    value       TEXT NOT NULL,  -- JSON; secrets inside are sealed
    PRIMARY KEY (table_name, key)
) STRICT, WITHOUT ROWID";
const LOAD: &str = "SELECT table_name, key, value FROM records";
const PUT: &str = "INSERT INTO records (table_name, key, value) VALUES (?, ?, ?)
    ON CONFLICT (table_name, key) DO UPDATE SET value = excluded.value";
const DELETE: &str = "DELETE FROM records WHERE table_name = ? AND key = ?";

/// A wallet file, locked until this value is dropped. The database is opened on first use.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    pool: OnceCell<SqlitePool>,
    /// Holds the lock; closing the file releases it.
    _lock: File,
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(error.to_string())
}

impl SqliteStore {
    /// Locks the file at `path`, and creates it if it does not exist. When it is first used, its mode is
    /// restricted to 0600, because anyone who can read the file can spend its money.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`] if another program has the wallet open, and [`StoreError::Failed`] if
    /// the file or its lock file cannot be created.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        // Lock by canonical path, so that a link and its target share one lock. Only an existing file has a
        // canonical path: create it first.
        drop(owned_file(path.as_ref()).map_err(failed)?);
        let path = path.as_ref().canonicalize().map_err(failed)?;
        let mut lock_path = path.clone().into_os_string();
        lock_path.push(".lock");
        let lock = owned_file(Path::new(&lock_path)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, pool: OnceCell::new(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    async fn pool(&self) -> Result<&SqlitePool, StoreError> {
        self.pool.get_or_try_init(|| self.open()).await
    }

    async fn open(&self) -> Result<SqlitePool, StoreError> {
        // 1. Inspect the file read-only: switching to WAL would already write to it.
        let options = SqliteConnectOptions::new().filename(&self.path);
        reject_foreign_file(options.clone().read_only(true)).await?;
        // 2. It is a wallet: only its owner may read and write it. A copy may have wider permissions.
        std::fs::set_permissions(&self.path, Permissions::from_mode(0o600)).map_err(failed)?;
        // 3. Reopen it for writing.
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        // Overwrite deleted and replaced records with zeros, such as the earlier data key when a passphrase
        // is set.
        let options = options.pragma("secure_delete", "ON");
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(failed)?;
        // 4. Create the schema and mark the file as a wallet of this version, in one transaction.
        let mut transaction = pool.begin().await.map_err(failed)?;
        sqlx::query(SCHEMA).execute(&mut *transaction).await.map_err(failed)?;
        for mark in [
            format!("PRAGMA application_id = {APPLICATION_ID}"),
            format!("PRAGMA user_version = {FORMAT_VERSION}"),
        ] {
            sqlx::query(&mark).execute(&mut *transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(pool)
    }
}

/// Rejects a file of a later version or of another program. `options` must be read-only.
async fn reject_foreign_file(options: SqliteConnectOptions) -> Result<(), StoreError> {
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(failed)?;
    let number = async |sql| sqlx::query_scalar::<_, i64>(sql).fetch_one(&pool).await.map_err(failed);
    let version = number("PRAGMA user_version").await?;
    let application = number("PRAGMA application_id").await?;
    let tables = number("SELECT count(*) FROM sqlite_master").await?;
    pool.close().await;
    if tables > 0 && application != APPLICATION_ID {
        return Err(failed("this file belongs to another program"));
    }
    if version > i64::from(FORMAT_VERSION) { Err(StoreError::Newer) } else { Ok(()) }
}

/// Opens a file for writing, and creates it with mode 0600 if it does not exist: only its owner may read and
/// write it.
fn owned_file(path: &Path) -> std::io::Result<File> {
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    Ok(file)
}

impl Store for SqliteStore {
    async fn load(&self) -> Result<Vec<Record>, StoreError> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as(LOAD).fetch_all(self.pool().await?).await.map_err(failed)?;
        rows.into_iter()
            .map(|(table, key, value)| {
                let table = Table::ALL.into_iter().find(|known| known.name() == table);
                Ok(Record { table: table.ok_or(StoreError::Damaged("table"))?, key, value })
            })
            .collect()
    }

    async fn apply(&self, change: &Change) -> Result<(), StoreError> {
        let mut transaction = self.pool().await?.begin().await.map_err(failed)?;
        for write in &change.writes {
            let query = match write {
                Write::Put(record) => {
                    sqlx::query(PUT).bind(record.table.name()).bind(&record.key).bind(&record.value)
                }
                Write::Delete { table, key } => sqlx::query(DELETE).bind(table.name()).bind(key),
            };
            query.execute(&mut *transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        if change.transition == Transition::SetLock {
            purge_deleted_records(self.pool().await?).await;
        }
        Ok(())
    }
}

/// Removes deleted records from the file's free pages and from the write-ahead log. Earlier versions did not
/// overwrite them. The change is already durable, so a failure, for example because the disk is full, is
/// ignored.
async fn purge_deleted_records(pool: &SqlitePool) {
    for sql in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        let _ = sqlx::query(sql).execute(pool).await;
    }
}
