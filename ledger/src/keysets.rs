//! Keysets that were stopped or revoked before their dates.

use crate::LedgerError;
use ecash_core::KeysetId;
use ecash_core::keys::KeysetStatus;
use sqlx::FromRow;

/// A stop or a revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysetStop {
    /// The keyset that no longer issues.
    pub keyset_id: KeysetId,
    /// Its new status: stopped or revoked, never [`KeysetStatus::Live`].
    pub status: KeysetStatus,
}

/// The state of a keyset, which decides whether a posting can issue or spend its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeysetState {
    pub(crate) ended: bool,
    pub(crate) status: KeysetStatus,
}

#[derive(FromRow)]
pub(crate) struct KeysetStateRow {
    pub(crate) keyset_id: String,
    ended: bool,
    status: String,
}

impl KeysetStateRow {
    pub(crate) fn state(&self) -> Result<KeysetState, LedgerError> {
        Ok(KeysetState { ended: self.ended, status: parse_status(&self.status)? })
    }
}

pub(crate) fn parse_status(name: &str) -> Result<KeysetStatus, LedgerError> {
    [KeysetStatus::Live, KeysetStatus::Stopped, KeysetStatus::Revoked]
        .into_iter()
        .find(|status| status.as_str() == name)
        .ok_or(LedgerError::Corrupt("keyset status"))
}
