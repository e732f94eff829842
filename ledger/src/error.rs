//! Why a posting was not committed, or a read failed.

use crate::{OperationRecord, Unbalanced};
use ecash_core::{AccountId, KeysetId};

/// Why a posting was refused; nothing of it was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Conflict {
    /// Another operation owns a claim.
    Claimed(Box<OperationRecord>),
    /// Other operations spent these tokens (indices into the posting's spends).
    Spent(Vec<usize>),
    /// Other operations had these outputs signed (indices into the posting's issues).
    Issued(Vec<usize>),
    /// The account has less.
    InsufficientBalance(AccountId),
    /// No such account.
    UnknownAccount(AccountId),
    /// This account would hold more than [`ecash_core::amount::MAX_AMOUNT_MINOR`]; by a name of [`Party::account_id`](crate::Party::account_id).
    BalanceTooLarge(String),
    /// The keyset's epoch is over.
    KeysetEnded(KeysetId),
}

/// Why a posting was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// By the caller: another operation was first, or the money is not there.
    #[error("the posting conflicts with the ledger: {0:?}")]
    Conflict(Conflict),
    /// By the caller: value in and value out differ. Nothing was handed to the database.
    #[error("the posting is not balanced")]
    Unbalanced(#[from] Unbalanced),
    /// By the database. Whether it was written is known only by handing it in again.
    #[error("the ledger did not answer")]
    Unavailable(#[source] LedgerError),
}

/// The database failed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The engine reported an error.
    #[error("the database failed at {during}")]
    Database {
        /// Name of the statement, or what was done.
        during: &'static str,
        /// The error.
        #[source]
        source: sqlx::Error,
    },
    /// A check of the ledger's own work failed; nothing was written. Always a bug.
    #[error("an invariant of the ledger would break: {0}")]
    BrokenInvariant(&'static str),
    /// A stored value is not what was written.
    #[error("a stored {0} is corrupt")]
    Corrupt(&'static str),
    /// This took longer than it may, or too much waits for it.
    #[error("timed out: {0}")]
    TimedOut(&'static str),
    /// Batches conflicted again and again; the clients retry.
    #[error("a batch did not settle after every posting was tried three times")]
    Unsettled,
    /// The ledger's file was deleted or replaced while it was open.
    #[error(
        "the ledger file was deleted or replaced while the mint was running; stop the mint and restore the file"
    )]
    FileReplaced,
    /// The committer has stopped.
    #[error("the ledger is shutting down")]
    Stopped,
    /// OpenSSL could not sign a seal.
    #[error("the audit log cannot be sealed")]
    Seal(#[source] openssl::error::ErrorStack),
}

impl LedgerError {
    /// Whether the ledger's own data or code is at fault, not the database: a retry does not help.
    #[must_use]
    pub const fn is_internal(&self) -> bool {
        matches!(self, Self::Corrupt(_) | Self::BrokenInvariant(_))
    }
}

/// Names what was done when the database failed.
pub(crate) trait During<T> {
    /// `during` is a [`Statement`](crate::statements::Statement), or says what was done.
    fn during(self, during: impl Into<&'static str>) -> Result<T, LedgerError>;
}

impl<T> During<T> for Result<T, sqlx::Error> {
    fn during(self, during: impl Into<&'static str>) -> Result<T, LedgerError> {
        self.map_err(|source| LedgerError::Database { during: during.into(), source })
    }
}
