//! Sealing the audit log.

use super::{SqliteLedger, statements};
use crate::ledger::LedgerError;
use crate::ledger::audit_log::{LogRow, NextSeal, ROWS_PER_SEAL, SealKey};
use ecash_core::Timestamp;

impl SqliteLedger {
    /// The only writer seals in a transaction of its own; where there is nothing to seal it is not
    /// disturbed.
    pub(super) async fn write_seal(&self, key: &SealKey, at: Timestamp) -> Result<Option<u64>, LedgerError> {
        let anything = sqlx::query(statements::UNSEALED).bind(1).fetch_optional(&self.readers).await;
        if anything.map_err(LedgerError::Database)?.is_none() {
            return Ok(Some(0));
        }
        let mut transaction = self.begin().await?;
        let last = sqlx::query_as(statements::LAST_SEAL).fetch_optional(&mut *transaction).await;
        let next = NextSeal::after(last.map_err(LedgerError::Database)?)?;
        let rows: Vec<LogRow> = sqlx::query_as(statements::UNSEALED)
            .bind(ROWS_PER_SEAL)
            .fetch_all(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        let Some(highest) = rows.last().map(|row| row.audit_id) else { return Ok(Some(0)) };
        let seal = next.seal(&rows, key, at)?;
        sqlx::query(statements::INSERT_SEAL)
            .bind(seal.seal_no)
            .bind(seal.row_count)
            .bind(seal.rows_digest.as_slice())
            .bind(seal.at)
            .bind(seal.seal_hash.as_slice())
            .bind(seal.public_key.as_slice())
            .bind(seal.signature.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        let marked = sqlx::query(statements::MARK_SEALED)
            .bind(seal.seal_no)
            .bind(highest)
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        if marked.rows_affected() != rows.len() as u64 {
            return Err(LedgerError::Damaged("audit log"));
        }
        transaction.commit().await?;
        Ok(Some(rows.len() as u64))
    }
}
