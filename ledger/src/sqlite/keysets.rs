//! Adds and ends keysets.

use super::commit::write;
use super::{SqliteLedger, statements};
use crate::columns::seconds;
use crate::error::During as _;
use crate::rows::outstanding;
use crate::{Draft, LedgerError, Operation};
use ecash_core::KeysetId;
use ecash_core::keys::{KEY_PROOF_ROOTS, Keyset};

/// Adds a keyset and its keys in one transaction. Returns false if the epoch is taken.
pub(super) async fn insert(ledger: &SqliteLedger, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError> {
    let mut transaction = ledger.begin().await?;
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
        .await
        .during(statements::INSERT_KEYSET)?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    for key in &keyset.keys {
        if key.proof.len() != KEY_PROOF_ROOTS {
            return Err(LedgerError::Corrupt("key proof"));
        }
        sqlx::query(statements::INSERT_KEY.sql)
            .bind(key.key_id.as_bytes().as_slice())
            .bind(keyset.keyset_id.as_str())
            .bind(key.denomination.minor_signed())
            .bind(key.public.n())
            .bind(key.proof.concat())
            .execute(&mut *transaction)
            .await
            .during(statements::INSERT_KEY)?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Ends a keyset and posts its unspent value to `expired`, in one transaction. Returns false if it has
/// already ended.
pub(super) async fn end(
    ledger: &SqliteLedger,
    keyset_id: &KeysetId,
    operation: Operation,
) -> Result<bool, LedgerError> {
    let mut transaction = ledger.begin().await?;
    let ended = sqlx::query(statements::END_KEYSET.sql)
        .bind(keyset_id.as_str())
        .execute(&mut *transaction)
        .await
        .during(statements::END_KEYSET)?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(statements::OUTSTANDING.sql)
        .bind(keyset_id.as_str())
        .fetch_all(&mut *transaction)
        .await
        .during(statements::OUTSTANDING)?;
    let draft = Draft::expiry(operation, outstanding(rows)?);
    let posting = draft.and_then(Draft::balanced).map_err(|_| LedgerError::Corrupt("outstanding value"))?;
    write(&mut transaction, posting.draft()).await?;
    transaction.commit().await?;
    Ok(true)
}
