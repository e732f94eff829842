//! Seals the audit log, one process at a time, in a database role without other privileges.

use super::{PostgresLedger, statements};
use crate::Ed25519Key;
use crate::LedgerError;
use crate::audit_log::{LogRow, NextSeal, ROWS_PER_SEAL};
use crate::error::During as _;
use ecash_core::Timestamp;
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;
use tokio::time::timeout;

/// Maximum duration of one seal. Exceeds the usual lag of a synchronous standby, for which the COMMIT waits.
const DEADLINE: Duration = Duration::from_secs(30);

/// Seals the rows that are visible now. Returns their number, or `None` if another process is sealing. A row
/// that commits later goes under the next seal even if its id is lower, because each row names its seal.
pub(super) async fn seal(
    ledger: &PostgresLedger,
    key: &Ed25519Key,
    at: Timestamp,
) -> Result<Option<u64>, LedgerError> {
    let mut connection = ledger.sealer.acquire().await.during("waiting for a connection")?;
    let sealed = timeout(DEADLINE, write_on(&mut connection, key, at)).await;
    sealed.unwrap_or_else(|_| {
        // The server or its standby may be unreachable, and the transaction is in an unknown state.
        connection.close_on_drop();
        Err(LedgerError::TimedOut("sealing the audit log"))
    })
}

async fn write_on(
    connection: &mut PgConnection,
    key: &Ed25519Key,
    at: Timestamp,
) -> Result<Option<u64>, LedgerError> {
    // Every early return below drops the transaction, which rolls it back and releases the lock.
    let mut transaction = connection.begin().await.during("BEGIN")?;
    // 1. Become the only sealer until the transaction ends. Return if another process is the sealer.
    let alone: bool = sqlx::query_scalar(statements::TRY_SEALER_LOCK.sql)
        .bind(statements::LOCK_CLASS)
        .fetch_one(&mut *transaction)
        .await
        .during(statements::TRY_SEALER_LOCK)?;
    if !alone {
        return Ok(None);
    }
    // 2. Read the unsealed rows, ordered by id.
    let rows: Vec<LogRow> = sqlx::query_as(statements::UNSEALED.sql)
        .bind(i64::from(ROWS_PER_SEAL))
        .fetch_all(&mut *transaction)
        .await
        .during(statements::UNSEALED)?;
    if rows.is_empty() {
        return Ok(Some(0));
    }
    // 3. Sign a seal over these rows and the last seal, which stays the last one because of the lock.
    let last = sqlx::query_as(statements::LAST_SEAL.sql).fetch_optional(&mut *transaction).await;
    let seal = NextSeal::after(last.during(statements::LAST_SEAL)?)?.seal(&rows, key, at)?;
    sqlx::query(statements::INSERT_SEAL.sql)
        .bind(seal.seal_no)
        .bind(seal.row_count)
        .bind(seal.rows_digest)
        .bind(seal.at)
        .bind(seal.seal_hash)
        .bind(seal.public_key)
        .bind(seal.signature)
        .execute(&mut *transaction)
        .await
        .during(statements::INSERT_SEAL)?;
    // 4. Mark exactly these rows. A different number means that a row was concurrently changed or deleted.
    let ids: Vec<i64> = rows.iter().map(|row| row.audit_id).collect();
    let marked = sqlx::query(statements::MARK_SEALED.sql)
        .bind(seal.seal_no)
        .bind(ids)
        .execute(&mut *transaction)
        .await
        .during(statements::MARK_SEALED)?;
    if marked.rows_affected() != rows.len() as u64 {
        return Err(LedgerError::Corrupt("audit log"));
    }
    transaction.commit().await.during("COMMIT")?;
    Ok(Some(rows.len() as u64))
}
