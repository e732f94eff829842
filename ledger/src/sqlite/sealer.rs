//! Seals the audit log.

use super::{SqliteLedger, statements};
use crate::Ed25519Key;
use crate::LedgerError;
use crate::audit_log::{LogRow, NextSeal, ROWS_PER_SEAL};
use crate::error::During as _;
use ecash_core::Timestamp;

/// Seals up to [`ROWS_PER_SEAL`] unsealed rows and returns their number. First looks for an unsealed row with
/// a reader, so that an idle ledger is not locked for writing.
pub(super) async fn seal(
    ledger: &SqliteLedger,
    key: &Ed25519Key,
    at: Timestamp,
) -> Result<Option<u64>, LedgerError> {
    let anything = sqlx::query(statements::UNSEALED.sql).bind(1).fetch_optional(&ledger.readers).await;
    if anything.during(statements::UNSEALED)?.is_none() {
        return Ok(Some(0));
    }
    // 1. Lock the ledger for writing, and read the last seal and the unsealed rows, ordered by id.
    let mut transaction = ledger.begin().await?;
    let last = sqlx::query_as(statements::LAST_SEAL.sql).fetch_optional(&mut *transaction).await;
    let next = NextSeal::after(last.during(statements::LAST_SEAL)?)?;
    let rows: Vec<LogRow> = sqlx::query_as(statements::UNSEALED.sql)
        .bind(ROWS_PER_SEAL)
        .fetch_all(&mut *transaction)
        .await
        .during(statements::UNSEALED)?;
    let Some(highest) = rows.last().map(|row| row.audit_id) else { return Ok(Some(0)) };
    // 2. Sign a seal over these rows and the last seal.
    let seal = next.seal(&rows, key, at)?;
    sqlx::query(statements::INSERT_SEAL.sql)
        .bind(seal.seal_no)
        .bind(seal.row_count)
        .bind(seal.rows_digest.as_slice())
        .bind(seal.at)
        .bind(seal.seal_hash.as_slice())
        .bind(seal.public_key.as_slice())
        .bind(seal.signature.as_slice())
        .execute(&mut *transaction)
        .await
        .during(statements::INSERT_SEAL)?;
    // 3. Mark exactly these rows. A different number means that a row was changed or deleted.
    let marked = sqlx::query(statements::MARK_SEALED.sql)
        .bind(seal.seal_no)
        .bind(highest)
        .execute(&mut *transaction)
        .await
        .during(statements::MARK_SEALED)?;
    if marked.rows_affected() != rows.len() as u64 {
        return Err(LedgerError::Corrupt("audit log"));
    }
    transaction.commit().await?;
    Ok(Some(rows.len() as u64))
}
