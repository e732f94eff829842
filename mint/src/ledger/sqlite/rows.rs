//! From rows to records. A value that cannot be read is damage, and named.

use crate::ledger::{
    AccountRecord, AccountRole, LedgerError, OperationId, OperationKind, OperationRecord, StatementLine,
};
use ecash_core::{AccountId, Amount, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Decode, Row, Sqlite, Type};

/// Reads a column.
pub(super) fn column<'r, T, I>(row: &'r SqliteRow, index: I) -> Result<T, LedgerError>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
    I: ColumnIndex<SqliteRow>,
{
    row.try_get(index).map_err(LedgerError::Database)
}

/// operation_id, kind, request_digest, outcome
pub(super) fn operation(row: &SqliteRow) -> Result<OperationRecord, LedgerError> {
    let digest: Option<&[u8]> = column(row, 2)?;
    let digest = digest.map(<[u8; 32]>::try_from).transpose();
    Ok(OperationRecord {
        operation_id: OperationId::from_slice(column(row, 0)?).ok_or(LedgerError::Damaged("operation id"))?,
        kind: OperationKind::parse(column(row, 1)?).ok_or(LedgerError::Damaged("operation kind"))?,
        request_digest: digest.map_err(|_| LedgerError::Damaged("request digest"))?,
        outcome: serde_json::from_str(column(row, 3)?).map_err(|_| LedgerError::Damaged("outcome"))?,
    })
}

/// account_id, role, balance_minor
pub(super) fn account(row: &SqliteRow) -> Result<AccountRecord, LedgerError> {
    let balance: i64 = column(row, 2)?;
    let balance = u64::try_from(balance).ok().and_then(|minor| Amount::new(minor).ok());
    Ok(AccountRecord {
        account_id: AccountId::new(column::<String, _>(row, 0)?)
            .map_err(|_| LedgerError::Damaged("account id"))?,
        role: AccountRole::parse(column(row, 1)?).ok_or(LedgerError::Damaged("account role"))?,
        balance: balance.ok_or(LedgerError::Damaged("balance"))?,
    })
}

/// entry_id, operation_id, kind, change_minor, at
pub(super) fn statement_line(row: &SqliteRow) -> Result<StatementLine, LedgerError> {
    Ok(StatementLine {
        entry_id: unsigned(column(row, 0)?, "entry id")?,
        operation_id: OperationId::from_slice(column(row, 1)?).ok_or(LedgerError::Damaged("operation id"))?,
        kind: OperationKind::parse(column(row, 2)?).ok_or(LedgerError::Damaged("operation kind"))?,
        change_minor: column(row, 3)?,
        at: timestamp(column(row, 4)?)?,
    })
}

/// SQLite's integers are signed; ours of this kind never are below zero.
pub(super) fn unsigned(value: i64, what: &'static str) -> Result<u64, LedgerError> {
    u64::try_from(value).map_err(|_| LedgerError::Damaged(what))
}

/// Unix seconds.
pub(super) fn timestamp(seconds: i64) -> Result<Timestamp, LedgerError> {
    unsigned(seconds, "time").map(Timestamp::from_unix_seconds)
}

/// Unix seconds as SQLite stores them; the year 9999 fits.
pub(super) fn seconds(timestamp: Timestamp) -> i64 {
    i64::try_from(timestamp.unix_seconds()).unwrap_or(i64::MAX)
}

/// A value of at most 2^53 as SQLite stores it.
pub(super) fn signed(minor: u64) -> i64 {
    i64::try_from(minor).unwrap_or(i64::MAX)
}
