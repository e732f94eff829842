//! The wallet's state in one SQLite file.
//!
//! 1. One program at a time: a lock beside the file, freed by the system whatever happens.
//! 2. A change is durable when it returns (WAL, full sync), or it did not happen.
//! 3. A file of a later version is refused before anything is written to it.

use ecash_wallet::store::{Change, FORMAT_VERSION, Record, Table, Write};
use ecash_wallet::{Store, StoreError};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use tokio::sync::OnceCell;

/// "eCsh": identifies a wallet among SQLite files.
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

/// A wallet file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    pool: OnceCell<SqlitePool>,
    /// Held as long as this value lives.
    _lock: File,
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(error.to_string())
}

impl SqliteStore {
    /// Takes the lock of the file at `path`, which is made if there is none. Nobody but its owner may
    /// read it from then on, because anyone who reads it has the money.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another program has it open, [`StoreError::Failed`] if the folder
    /// cannot be written.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        // By whatever name: a link and the file it points to are one wallet.
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
        let options = SqliteConnectOptions::new().filename(&self.path);
        refuse_strange(options.clone().read_only(true)).await?;
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(failed)?;
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

/// A file of a later version, or of another program, is left as it is.
async fn refuse_strange(options: SqliteConnectOptions) -> Result<(), StoreError> {
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

/// Opens or makes a file that only its owner may read.
fn owned_file(path: &Path) -> std::io::Result<File> {
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    // One that was there before, such as a copy.
    file.set_permissions(Permissions::from_mode(0o600))?;
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
        transaction.commit().await.map_err(failed)
    }
}
