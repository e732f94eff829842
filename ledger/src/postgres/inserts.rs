//! The statements of a transaction, one per table for a whole batch, in the order in which `transaction` runs
//! them.

use super::balances::{BatchBalances, Rejection};
use super::batch::Batch;
use super::records::insert_records;
use super::statements;
use crate::changes::{check_count, check_sum};
use crate::error::During as _;
use crate::keysets::KeysetStateRow;
use crate::rows::OperationRow;
use crate::{Draft, LedgerError, OperationRecord};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// Takes a shared advisory lock on each keyset of the batch. Returns the rejections of postings that an
/// ended, revoked or stopped keyset does not allow, by index in the batch. The lock conflicts with the
/// exclusive lock of `keysets::end`, so no keyset ends before this transaction does. A stop takes no lock, so
/// a transaction that began before the stop may commit after it.
pub(super) async fn find_keyset_conflicts(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<HashMap<usize, Rejection>, LedgerError> {
    let keysets = batch.keysets();
    if keysets.is_empty() {
        return Ok(HashMap::new());
    }
    sqlx::query(statements::LOCK_KEYSETS.sql)
        .bind(statements::LOCK_CLASS)
        .bind(&keysets)
        .execute(&mut *connection)
        .await
        .during(statements::LOCK_KEYSETS)?;
    // A separate statement, because under READ COMMITTED only a new statement sees rows that were committed
    // during the wait.
    let rows: Vec<KeysetStateRow> = sqlx::query_as(statements::KEYSET_STATES.sql)
        .bind(&keysets)
        .fetch_all(&mut *connection)
        .await
        .during(statements::KEYSET_STATES)?;
    // The query returns no row for a live keyset, which allows every posting.
    let states = rows.iter().map(|row| Ok((row.keyset_id.as_str(), row.state()?)));
    let states: HashMap<_, _> = states.collect::<Result<_, LedgerError>>()?;
    let of = |draft: &Draft| {
        let mut touched = draft.keysets().into_iter();
        let conflict =
            touched.find_map(|keyset_id| draft.conflict_with(keyset_id, *states.get(keyset_id.as_str())?));
        conflict.map(Rejection::Refused)
    };
    Ok(batch.drafts().enumerate().filter_map(|(position, draft)| Some((position, of(draft)?))).collect())
}

/// Inserts the operations that do not exist yet, and returns their ids. Waits for any concurrent transaction
/// that has inserted one of them.
pub(super) async fn insert_operation_rows(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<HashSet<Vec<u8>>, LedgerError> {
    let (kinds, digests, outcomes, times) = batch.operations();
    let inserted: Vec<Vec<u8>> = sqlx::query_scalar(statements::INSERT_OPERATIONS.sql)
        .bind(batch.operation_ids())
        .bind(kinds)
        .bind(digests)
        .bind(outcomes)
        .bind(times)
        .fetch_all(connection)
        .await
        .during(statements::INSERT_OPERATIONS)?;
    Ok(inserted.into_iter().collect())
}

/// Inserts the operations that do not exist yet, and returns the records of the existing ones, by id.
/// Operation ids are random, so an existing one is the same posting, committed by an earlier attempt.
pub(super) async fn insert_operations(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<HashMap<[u8; 16], OperationRecord>, LedgerError> {
    let inserted = insert_operation_rows(connection, batch).await?;
    let existing: Vec<&[u8]> =
        batch.operation_ids().into_iter().filter(|id| !inserted.contains(*id)).collect();
    if existing.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<OperationRow> = sqlx::query_as(statements::FIND_OPERATIONS.sql)
        .bind(existing)
        .fetch_all(connection)
        .await
        .during(statements::FIND_OPERATIONS)?;
    rows.into_iter()
        .map(|row| OperationRecord::try_from(row).map(|record| (*record.operation_id.as_bytes(), record)))
        .collect()
}

/// Inserts claims. Returns whether all of them were free.
pub(super) async fn insert_claims(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<bool, LedgerError> {
    let (claims, operations, keysets) = batch.claims();
    if claims.is_empty() {
        return Ok(true);
    }
    let wanted = claims.len() as u64;
    let inserted = sqlx::query(statements::INSERT_CLAIMS.sql)
        .bind(claims)
        .bind(operations)
        .bind(keysets)
        .execute(connection)
        .await
        .during(statements::INSERT_CLAIMS)?;
    Ok(inserted.rows_affected() == wanted)
}

/// Locks the rows of all accounts of the batch, and returns the rejection of each posting that the balances
/// do not allow.
pub(super) async fn check_balances(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<Vec<Option<Rejection>>, LedgerError> {
    let accounts = batch.accounts();
    let mut locked: Vec<(String, i64)> = Vec::new();
    if !accounts.is_empty() {
        let rows = sqlx::query_as(statements::LOCK_ACCOUNTS.sql).bind(&accounts).fetch_all(connection).await;
        locked = rows.during(statements::LOCK_ACCOUNTS)?;
    }
    let mut balances = BatchBalances::new(&locked);
    batch.drafts().map(|draft| balances.accept(draft)).collect()
}

/// Inserts spent tokens and blind signatures. Returns whether all tokens were unspent and all outputs
/// unsigned.
pub(super) async fn insert_tokens(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<bool, LedgerError> {
    let mut complete = true;
    let spends = batch.spends();
    if !spends.keysets.is_empty() {
        let wanted = spends.keysets.len() as u64;
        let inserted = sqlx::query(statements::INSERT_SPENT.sql)
            .bind(spends.keysets)
            .bind(spends.spent_ids)
            .bind(spends.keys)
            .bind(spends.operations)
            .execute(&mut *connection)
            .await
            .during(statements::INSERT_SPENT)?;
        complete &= inserted.rows_affected() == wanted;
    }
    let issues = batch.issues();
    if !issues.keysets.is_empty() {
        let wanted = issues.keysets.len() as u64;
        let inserted = sqlx::query(statements::INSERT_ISSUED.sql)
            .bind(issues.keysets)
            .bind(issues.keys)
            .bind(issues.hashes)
            .bind(issues.signatures)
            .bind(issues.operations)
            .execute(&mut *connection)
            .await
            .during(statements::INSERT_ISSUED)?;
        complete &= inserted.rows_affected() == wanted;
    }
    Ok(complete)
}

/// Writes balances, entries, events and rows of the audit log. The accounts are locked and every posting is
/// accepted, so a statement that changes an unexpected number of rows indicates a bug and fails the batch.
pub(super) async fn insert_entries(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<(), LedgerError> {
    let (accounts, changes) = batch.balances()?;
    if !accounts.is_empty() {
        let wanted = accounts.len() as u64;
        let changed = sqlx::query(statements::CHANGE_BALANCES.sql)
            .bind(accounts)
            .bind(changes)
            .execute(&mut *connection)
            .await
            .during(statements::CHANGE_BALANCES)?;
        check_count("accounts", changed.rows_affected(), wanted)?;
    }
    let entries = batch.entries()?;
    if !entries.operations.is_empty() {
        check_sum(entries.changes.iter().copied())?;
        let wanted = entries.operations.len() as u64;
        let inserted = sqlx::query(statements::INSERT_ENTRIES.sql)
            .bind(entries.operations)
            .bind(entries.accounts)
            .bind(entries.keys)
            .bind(entries.changes)
            .execute(&mut *connection)
            .await
            .during(statements::INSERT_ENTRIES)?;
        check_count("entries", inserted.rows_affected(), wanted)?;
    }
    insert_records(connection, batch).await?;
    let (operations, merchants, kinds, payloads) = batch.events();
    if !operations.is_empty() {
        let wanted = operations.len() as u64;
        let inserted = sqlx::query(statements::INSERT_EVENTS.sql)
            .bind(operations)
            .bind(merchants)
            .bind(kinds)
            .bind(payloads)
            .execute(&mut *connection)
            .await
            .during(statements::INSERT_EVENTS)?;
        check_count("outbox", inserted.rows_affected(), wanted)?;
    }
    insert_audit_rows(connection, batch).await
}

async fn insert_audit_rows(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<(), LedgerError> {
    let (kinds, digests) = batch.audit_rows()?;
    let wanted = kinds.len() as u64;
    let inserted = sqlx::query(statements::INSERT_AUDIT_ROWS.sql)
        .bind(batch.operation_ids())
        .bind(kinds)
        .bind(digests)
        .execute(connection)
        .await
        .during(statements::INSERT_AUDIT_ROWS)?;
    check_count("audit_log", inserted.rows_affected(), wanted)
}
