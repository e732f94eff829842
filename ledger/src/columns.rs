//! Conversions between column values and domain types. Both databases have only signed integers.

use crate::{LedgerError, OperationId, OperationKind};
use ecash_core::{Amount, Timestamp};

/// Converts a stored amount in minor units.
pub(crate) fn amount(minor: i64, what: &'static str) -> Result<Amount, LedgerError> {
    Amount::new(unsigned(minor, what)?).map_err(|_| LedgerError::Corrupt(what))
}

pub(crate) fn operation_id(bytes: &[u8]) -> Result<OperationId, LedgerError> {
    OperationId::from_slice(bytes).ok_or(LedgerError::Corrupt("operation id"))
}

pub(crate) fn kind(name: &str) -> Result<OperationKind, LedgerError> {
    OperationKind::parse(name).ok_or(LedgerError::Corrupt("operation kind"))
}

/// Converts a stored integer that is never negative. Both databases have only signed integers.
pub(crate) fn unsigned(value: i64, what: &'static str) -> Result<u64, LedgerError> {
    u64::try_from(value).map_err(|_| LedgerError::Corrupt(what))
}

/// Converts stored Unix seconds.
pub(crate) fn timestamp(seconds: i64) -> Result<Timestamp, LedgerError> {
    unsigned(seconds, "time").map(Timestamp::from_unix_seconds)
}

/// Returns Unix seconds as they are stored. Never saturates in practice: the year 9999 fits.
pub(crate) fn seconds(timestamp: Timestamp) -> i64 {
    i64::try_from(timestamp.unix_seconds()).unwrap_or(i64::MAX)
}
