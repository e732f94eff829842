//! Sealing the audit log: one process at a time, in a role that can do nothing else.

use super::keysets::LOCK_CLASS;
use super::{PostgresLedger, statements};
use crate::ledger::LedgerError;
use crate::ledger::audit_log::{LogRow, NextSeal, ROWS_PER_SEAL, SealKey};
use ecash_core::Timestamp;
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;
use tokio::time::timeout;

/// Longer than a standby that is somewhat behind.
const DEADLINE: Duration = Duration::from_secs(30);

impl PostgresLedger {
    /// Seals the rows that are visible now. One that commits late goes under the next seal, whatever
    /// its id: a row belongs to the seal that it names.
    pub(super) async fn write_seal(&self, key: &SealKey, at: Timestamp) -> Result<Option<u64>, LedgerError> {
        let mut connection = self.sealer.acquire().await.map_err(LedgerError::Database)?;
        let sealed = timeout(DEADLINE, write_on(&mut connection, key, at)).await;
        sealed.unwrap_or_else(|_| {
            // The server may be gone without a word, or its standby.
            connection.close_on_drop();
            Err(LedgerError::Busy)
        })
    }
}

async fn write_on(
    connection: &mut PgConnection,
    key: &SealKey,
    at: Timestamp,
) -> Result<Option<u64>, LedgerError> {
    let mut transaction = connection.begin().await.map_err(LedgerError::Database)?;
    let alone: bool = sqlx::query_scalar(statements::TRY_SEALER_LOCK)
        .bind(LOCK_CLASS)
        .fetch_one(&mut *transaction)
        .await
        .map_err(LedgerError::Database)?;
    if !alone {
        return Ok(None);
    }
    let rows: Vec<LogRow> = sqlx::query_as(statements::UNSEALED)
        .bind(i64::from(ROWS_PER_SEAL))
        .fetch_all(&mut *transaction)
        .await
        .map_err(LedgerError::Database)?;
    if rows.is_empty() {
        return Ok(Some(0));
    }
    let last = sqlx::query_as(statements::LAST_SEAL).fetch_optional(&mut *transaction).await;
    let seal = NextSeal::after(last.map_err(LedgerError::Database)?)?.seal(&rows, key, at)?;
    sqlx::query(statements::INSERT_SEAL)
        .bind(seal.seal_no)
        .bind(seal.row_count)
        .bind(seal.rows_digest)
        .bind(seal.at)
        .bind(seal.seal_hash)
        .bind(seal.public_key)
        .bind(seal.signature)
        .execute(&mut *transaction)
        .await
        .map_err(LedgerError::Database)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.audit_id).collect();
    let marked = sqlx::query(statements::MARK_SEALED)
        .bind(seal.seal_no)
        .bind(ids)
        .execute(&mut *transaction)
        .await
        .map_err(LedgerError::Database)?;
    if marked.rows_affected() != rows.len() as u64 {
        return Err(LedgerError::Damaged("audit log"));
    }
    transaction.commit().await.map_err(LedgerError::Database)?;
    Ok(Some(rows.len() as u64))
}
