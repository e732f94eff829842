//! Checks the value that a batch spends with openings of revoked keys.

use super::balances::Rejection;
use super::batch::Batch;
use super::statements;
use crate::changes::check_count;
use crate::error::During as _;
use crate::{Conflict, Draft, LedgerError};
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};

/// Subtracts the value that each posting spends with openings from what is left of each revoked key. Returns
/// a rejection for each posting that spends too much, in the order of the batch.
///
/// Someone who has stolen a revoked keyset's private key can construct an opening for every output that it
/// ever signed, even if that token is already spent. So no more is accepted than the key has in circulation.
pub(super) async fn take_recoverable(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<Vec<Option<Rejection>>, LedgerError> {
    // 1. Lock the rows of all keys, ordered by key id, as other transactions do.
    let mut keys = BTreeSet::new();
    for draft in batch.drafts() {
        keys.extend(draft.opened_values()?.into_keys().map(|key_id| key_id.as_bytes().to_vec()));
    }
    if keys.is_empty() {
        return Ok(batch.drafts().map(|_| None).collect());
    }
    let keys: Vec<_> = keys.into_iter().collect();
    let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(statements::LOCK_RECOVERABLE.sql)
        .bind(&keys)
        .fetch_all(&mut *connection)
        .await
        .during(statements::LOCK_RECOVERABLE)?;
    // 2. Accept the postings in order.
    let mut remainders = Remainders::new(rows);
    let rejections: Vec<_> =
        batch.drafts().map(|draft| remainders.accept(draft)).collect::<Result<_, _>>()?;
    // 3. Subtract what they take, in one statement.
    let (keys, values): (Vec<_>, Vec<_>) = remainders.taken.into_iter().unzip();
    let taken = sqlx::query(statements::TAKE_RECOVERABLE.sql)
        .bind(&keys)
        .bind(&values)
        .execute(connection)
        .await
        .during(statements::TAKE_RECOVERABLE)?;
    check_count("recoverable", taken.rows_affected(), keys.len() as u64)?;
    Ok(rejections)
}

/// What is left of each revoked key while a batch is checked, in minor units.
struct Remainders {
    /// Read under the row locks of this transaction.
    locked: BTreeMap<Vec<u8>, i64>,
    /// Taken by the postings accepted so far.
    taken: BTreeMap<Vec<u8>, i64>,
}

impl Remainders {
    fn new(locked: Vec<(Vec<u8>, i64)>) -> Self {
        Self { locked: locked.into_iter().collect(), taken: BTreeMap::new() }
    }

    /// Adds a posting to the accepted ones, or returns why it is not written.
    fn accept(&mut self, draft: &Draft) -> Result<Option<Rejection>, LedgerError> {
        let opened = draft.opened_values()?;
        let mut sums = Vec::with_capacity(opened.len());
        for (key_id, (keyset_id, value)) in opened {
            let key = key_id.as_bytes().to_vec();
            let left = self.locked.get(&key).copied().unwrap_or(0);
            if value > left {
                return Ok(Some(Rejection::Refused(Conflict::KeysetRevoked(keyset_id))));
            }
            let taken = self.taken.get(&key).copied().unwrap_or(0);
            let sum = taken.checked_add(value).ok_or(LedgerError::Corrupt("opened value"))?;
            if sum > left {
                return Ok(Some(Rejection::Deferred));
            }
            sums.push((key, sum));
        }
        self.taken.extend(sums);
        Ok(None)
    }
}
