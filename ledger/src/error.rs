//! Errors of the ledger: conflicts of a posting, and failures of the database.

use crate::{Claim, OperationRecord};
use ecash_core::{AccountId, AmountError, KeysetId};

/// Reasons a posting is rejected. None of its rows were written.
#[derive(Debug, Clone, PartialEq)]
pub enum Conflict {
    /// Another operation owns this claim of the posting. If it owns several, the first one in the posting's
    /// order.
    Claimed {
        /// The claim that is taken.
        claim: Claim,
        /// The operation that owns it.
        owner: Box<OperationRecord>,
    },
    /// Other operations spent these tokens (indices into the posting's spends).
    Spent(Vec<usize>),
    /// Other operations issued signatures for these outputs (indices into the posting's issues).
    Issued(Vec<usize>),
    /// The debit exceeds the account's balance.
    InsufficientBalance(AccountId),
    /// The account does not exist.
    UnknownAccount(AccountId),
    /// The balance would exceed [`ecash_core::amount::MAX_AMOUNT_MINOR`]. Holds
    /// [`Party::account_id`](crate::Party::account_id), because it may be a system account.
    BalanceTooLarge(String),
    /// The keyset has ended: its tokens can no longer be issued or spent.
    KeysetEnded(KeysetId),
    /// The keyset was stopped or revoked, and no longer issues.
    KeysetStopped(KeysetId),
    /// The keyset was revoked. Each of its tokens needs a claimed opening, and the value spent of a key is
    /// limited to what was in circulation.
    KeysetRevoked(KeysetId),
}

/// Errors of [`Draft::balanced`](crate::Draft::balanced).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    /// Value in and value out differ.
    #[error("value in and value out differ")]
    Differs,
    /// [`Party::Account`](crate::Party::Account) names a system account. System accounts can be debited and
    /// credited only as `Treasury`, `Expired`, `Refunds` and `Payouts`.
    #[error("a system account of the mint is used as an ordinary account")]
    SystemAccount,
    /// A sum exceeds the largest amount, 2^53 - 1.
    #[error("the sum is too large")]
    TooLarge(#[source] AmountError),
    /// A record does not match this posting: its claim is missing, or the movements differ.
    #[error("a record does not match its posting")]
    Record,
}

/// Errors of committing a posting.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Caused by the caller: another operation was first, or a balance is out of range.
    #[error("the posting conflicts with the ledger: {0:?}")]
    Conflict(Conflict),
    /// Caused by the caller: value in and value out differ. Nothing was sent to the database.
    #[error("the posting is not balanced")]
    Unbalanced(#[from] Unbalanced),
    /// Caused by the database. The posting may have been committed; submit it again to get its result.
    #[error("the ledger did not respond")]
    Unavailable(#[source] LedgerError),
}

/// A failure of the database, or of the ledger's own data.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The engine reported an error.
    #[error("the database failed at {during}")]
    Database {
        /// The statement's name, or the step that failed.
        during: &'static str,
        /// The engine's error.
        #[source]
        source: sqlx::Error,
    },
    /// The ledger's check of its own writes failed, and they were rolled back. Always a bug.
    #[error("an invariant of the ledger would break: {0}")]
    BrokenInvariant(&'static str),
    /// A stored value cannot be read back.
    #[error("a stored {0} is corrupt")]
    Corrupt(&'static str),
    /// This step exceeded its time limit, or its queue is full.
    #[error("timed out: {0}")]
    TimedOut(&'static str),
    /// The database failed twice for the whole batch; the log contains its errors. Clients retry.
    #[error("the database failed for a whole batch of postings")]
    BatchFailed,
    /// A batch did not finish within the maximum number of rounds, because other batches kept taking its
    /// rows. Clients retry.
    #[error("a batch did not settle after every posting was tried three times")]
    Unsettled,
    /// The ledger's file was deleted or replaced while it was open.
    #[error(
        "the ledger file was deleted or replaced while the mint was running; stop the mint and restore the file"
    )]
    FileReplaced,
    /// The committer task has ended.
    #[error("the ledger is shutting down")]
    Stopped,
    /// OpenSSL could not sign a seal.
    #[error("the audit log cannot be sealed")]
    Seal(#[source] openssl::error::ErrorStack),
}

impl LedgerError {
    /// Returns the name of the statement or step that failed, for logs and metrics.
    #[must_use]
    pub const fn step(&self) -> &'static str {
        match self {
            Self::Database { during: step, .. } | Self::TimedOut(step) => step,
            Self::BrokenInvariant(_) => "an invariant",
            Self::Corrupt(_) => "reading a stored value",
            Self::BatchFailed => "a batch",
            Self::Unsettled => "rounds of a batch",
            Self::FileReplaced => "the ledger's file",
            Self::Stopped => "the committer",
            Self::Seal(_) => "a seal",
        }
    }

    /// Returns whether the ledger's data or code is at fault instead of the database, so that a retry does
    /// not help.
    #[must_use]
    pub const fn is_internal(&self) -> bool {
        matches!(self, Self::Corrupt(_) | Self::BrokenInvariant(_))
    }
}

/// Adds the failed step to a database error.
pub(crate) trait During<T> {
    /// `during` is a [`Statement`](crate::statements::Statement) or the name of a step.
    fn during(self, during: impl Into<&'static str>) -> Result<T, LedgerError>;
}

impl<T> During<T> for Result<T, sqlx::Error> {
    fn during(self, during: impl Into<&'static str>) -> Result<T, LedgerError> {
        self.map_err(|source| LedgerError::Database { during: during.into(), source })
    }
}
