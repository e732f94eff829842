//! Adding and ending keysets.

use super::commit::write;
use super::{SqliteLedger, statements};
use crate::ledger::rows::{outstanding, seconds, signed};
use crate::ledger::{Draft, LedgerError, Operation};
use ecash_core::KeysetId;
use ecash_core::keys::{KEY_PROOF_ROOTS, Keyset};

impl SqliteLedger {
    /// Keyset and keys in one transaction, or neither.
    pub(super) async fn insert_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError> {
        let mut transaction = self.begin().await?;
        let dates = keyset.dates;
        let inserted = sqlx::query(statements::INSERT_KEYSET)
            .bind(keyset.keyset_id.as_str())
            .bind(epoch)
            .bind(seconds(dates.valid_from))
            .bind(seconds(dates.issue_until))
            .bind(seconds(dates.redeem_until))
            .bind(seconds(dates.swap_until))
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        if inserted.rows_affected() == 0 {
            return Ok(false);
        }
        for key in &keyset.keys {
            if key.proof.len() != KEY_PROOF_ROOTS {
                return Err(LedgerError::Damaged("key proof"));
            }
            sqlx::query(statements::INSERT_KEY)
                .bind(key.key_id.as_bytes().as_slice())
                .bind(keyset.keyset_id.as_str())
                .bind(signed(key.denomination.minor()))
                .bind(key.public.n())
                .bind(key.proof.concat())
                .execute(&mut *transaction)
                .await
                .map_err(LedgerError::Database)?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    pub(super) async fn write_end(
        &self,
        keyset_id: &KeysetId,
        operation: Operation,
    ) -> Result<bool, LedgerError> {
        let mut transaction = self.begin().await?;
        let ended = sqlx::query(statements::END_KEYSET)
            .bind(keyset_id.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        if ended.rows_affected() == 0 {
            return Ok(false);
        }
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(statements::OUTSTANDING)
            .bind(keyset_id.as_str())
            .fetch_all(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        let draft = Draft::expiry(operation, outstanding(rows)?);
        let posting =
            draft.and_then(Draft::balanced).map_err(|_| LedgerError::Damaged("outstanding value"))?;
        write(&mut transaction, posting.draft()).await.map_err(LedgerError::Database)?;
        transaction.commit().await?;
        Ok(true)
    }
}
