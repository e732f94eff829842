//! Adding and ending keysets.

use super::commit::write;
use super::{PostgresLedger, statements};
use crate::ledger::rows::{outstanding, seconds, signed};
use crate::ledger::{Draft, LedgerError, Operation};
use ecash_core::KeysetId;
use ecash_core::keys::{KEY_PROOF_ROOTS, Keyset};

/// Advisory locks of ours have two numbers; the first is this, "eC" as a number. The second is an
/// epoch, 0 for the row of epochs itself, or -1 for the sealer.
pub(super) const LOCK_CLASS: i32 = 0x6543;

impl PostgresLedger {
    /// Keyset, keys and partitions in one transaction, or nothing. An advisory lock puts those who
    /// announce an epoch at once in a row; the later ones find it taken.
    pub(super) async fn insert_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError> {
        let epoch = i32::try_from(epoch).map_err(|_| LedgerError::Damaged("epoch"))?;
        if keyset.keys.iter().any(|key| key.proof.len() != KEY_PROOF_ROOTS) {
            return Err(LedgerError::Damaged("key proof"));
        }
        self.try_insert_keyset(epoch, keyset).await.map_err(LedgerError::Database)
    }

    async fn try_insert_keyset(&self, epoch: i32, keyset: &Keyset) -> Result<bool, sqlx::Error> {
        let mut transaction = self.writer.begin().await?;
        sqlx::query(statements::LOCK_EPOCHS).bind(LOCK_CLASS).execute(&mut *transaction).await?;
        let dates = keyset.dates;
        let inserted = sqlx::query(statements::INSERT_KEYSET)
            .bind(keyset.keyset_id.as_str())
            .bind(epoch)
            .bind(seconds(dates.valid_from))
            .bind(seconds(dates.issue_until))
            .bind(seconds(dates.redeem_until))
            .bind(seconds(dates.swap_until))
            .execute(&mut *transaction)
            .await?;
        if inserted.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        for key in &keyset.keys {
            sqlx::query(statements::INSERT_KEY)
                .bind(key.key_id.as_bytes().as_slice())
                .bind(keyset.keyset_id.as_str())
                .bind(signed(key.denomination.minor()))
                .bind(key.public.n())
                .bind(key.proof.concat())
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(statements::ADD_PARTITIONS)
            .bind(keyset.keyset_id.as_str())
            .bind(epoch)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The exclusive lock waits for every batch that touches the keyset; later ones see that it has
    /// ended.
    pub(super) async fn write_end(
        &self,
        keyset_id: &KeysetId,
        operation: Operation,
    ) -> Result<bool, LedgerError> {
        let mut transaction = self.writer.begin().await.map_err(LedgerError::Database)?;
        // The sum over all entries takes its time.
        sqlx::query(statements::NO_STATEMENT_TIMEOUT)
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        sqlx::query(statements::LOCK_KEYSET)
            .bind(LOCK_CLASS)
            .bind(keyset_id.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        let ended = sqlx::query(statements::END_KEYSET)
            .bind(keyset_id.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        if ended.rows_affected() == 0 {
            transaction.rollback().await.map_err(LedgerError::Database)?;
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
        write(&mut transaction, &posting).await.map_err(LedgerError::Database)?;
        transaction.commit().await.map_err(LedgerError::Database)?;
        Ok(true)
    }
}
