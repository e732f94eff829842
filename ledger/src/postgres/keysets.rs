//! Adds and ends keysets.

use super::transaction::write_without_conflicts;
use super::{PostgresLedger, statements};
use crate::columns::seconds;
use crate::error::During as _;
use crate::rows::outstanding;
use crate::{Draft, LedgerError, Operation};
use ecash_core::KeysetId;
use ecash_core::keys::{KEY_PROOF_ROOTS, Keyset};

/// Adds a keyset, its keys and its partitions in one transaction. Returns false if the epoch is taken: an
/// advisory lock serializes processes that add epochs, and only the first one finds the epoch free.
pub(super) async fn insert(
    ledger: &PostgresLedger,
    epoch: u32,
    keyset: &Keyset,
) -> Result<bool, LedgerError> {
    let epoch = i32::try_from(epoch).map_err(|_| LedgerError::Corrupt("epoch"))?;
    if keyset.keys.iter().any(|key| key.proof.len() != KEY_PROOF_ROOTS) {
        return Err(LedgerError::Corrupt("key proof"));
    }
    try_insert(ledger, epoch, keyset).await.during("adding a keyset")
}

async fn try_insert(ledger: &PostgresLedger, epoch: i32, keyset: &Keyset) -> Result<bool, sqlx::Error> {
    let mut transaction = ledger.writer.begin().await?;
    sqlx::query(statements::LOCK_EPOCHS.sql).bind(statements::LOCK_CLASS).execute(&mut *transaction).await?;
    let dates = keyset.dates;
    let inserted = sqlx::query(statements::INSERT_KEYSET.sql)
        .bind(keyset.keyset_id.as_str())
        .bind(epoch)
        .bind(seconds(dates.valid_from))
        .bind(seconds(dates.issue_until))
        .bind(seconds(dates.redeem_until))
        .bind(seconds(dates.swap_until))
        .bind(keyset.replaces.as_ref().map(KeysetId::as_str))
        .execute(&mut *transaction)
        .await?;
    if inserted.rows_affected() == 0 {
        transaction.rollback().await?;
        return Ok(false);
    }
    for key in &keyset.keys {
        sqlx::query(statements::INSERT_KEY.sql)
            .bind(key.key_id.as_bytes().as_slice())
            .bind(keyset.keyset_id.as_str())
            .bind(key.denomination.minor_signed())
            .bind(key.public.n())
            .bind(key.proof.concat())
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(statements::ADD_PARTITIONS.sql)
        .bind(keyset.keyset_id.as_str())
        .bind(epoch)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(true)
}

/// Ends a keyset and posts its unspent value to `expired`, in one transaction. Returns false if it has
/// already ended.
///
/// The exclusive advisory lock waits for every batch that holds the shared one
/// (`inserts::find_keyset_conflicts`). From then on no batch changes the keyset's outstanding value, and
/// later batches see that the keyset has ended.
pub(super) async fn end(
    ledger: &PostgresLedger,
    keyset_id: &KeysetId,
    operation: Operation,
) -> Result<bool, LedgerError> {
    // 1. Wait for all batches of the keyset, and exclude new ones until the transaction ends.
    let mut transaction = ledger.writer.begin().await.during("BEGIN")?;
    // Summing all entries may take longer than the session's statement timeout.
    sqlx::query(statements::NO_STATEMENT_TIMEOUT.sql)
        .execute(&mut *transaction)
        .await
        .during(statements::NO_STATEMENT_TIMEOUT)?;
    sqlx::query(statements::LOCK_KEYSET.sql)
        .bind(statements::LOCK_CLASS)
        .bind(keyset_id.as_str())
        .execute(&mut *transaction)
        .await
        .during(statements::LOCK_KEYSET)?;
    // 2. Mark the keyset as ended.
    let ended = sqlx::query(statements::END_KEYSET.sql)
        .bind(keyset_id.as_str())
        .execute(&mut *transaction)
        .await
        .during(statements::END_KEYSET)?;
    if ended.rows_affected() == 0 {
        transaction.rollback().await.during("ROLLBACK")?;
        return Ok(false);
    }
    // 3. Post its unspent value to `expired`. No batch can change the value anymore.
    let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(statements::OUTSTANDING.sql)
        .bind(keyset_id.as_str())
        .fetch_all(&mut *transaction)
        .await
        .during(statements::OUTSTANDING)?;
    let draft = Draft::expiry(operation, outstanding(rows)?);
    let posting = draft.and_then(Draft::balanced).map_err(|_| LedgerError::Corrupt("outstanding value"))?;
    write_without_conflicts(&mut transaction, &posting).await?;
    transaction.commit().await.during("COMMIT")?;
    Ok(true)
}
