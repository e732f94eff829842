//! The ledger: the one place where value is written, and the only place with SQL.
//!
//! Invariants of this module:
//! 1. Value changes by committing a [`Posting`], and in no other way.
//! 2. A posting is balanced, or it cannot be made.
//! 3. A posting is committed whole or not at all, once, however often it is handed in.
//! 4. A refusal names a row that *another* operation committed, or a balance that is too low.
//! 5. One posting's conflict never fails another of the same batch.

pub mod audit_log;
mod changes;
mod committer;
mod engine;
mod ids;
mod invariant;
mod open;
pub mod postgres;
mod posting;
mod reads;
mod retries;
mod rows;
pub mod sqlite;

pub use committer::{Committer, CommitterSettings, WriteHealth};
pub use ids::{BlindedHash, Claim, OperationId};
pub use invariant::Invariant;
pub use open::{IfMissing, OpenError};
pub use posting::{
    Draft, Event, Expiry, Issue, Movement, Name, Operation, OperationKind, Party, Posting, Spend, Unbalanced,
};
pub use reads::{
    AccountRecord, AccountRole, AuditReport, IssuedRecord, LedgerClock, LedgerIdentity, OperationRecord,
    OutputRef, StatementLine, StoredKeyset, Violation, WriteProbe,
};

use async_trait::async_trait;
use audit_log::SealKey;
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, KeysetId, Timestamp};

/// What a committed posting left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The operation.
    pub operation_id: OperationId,
    /// Its outcome.
    pub outcome: serde_json::Value,
}

impl From<OperationRecord> for Receipt {
    fn from(record: OperationRecord) -> Self {
        Self { operation_id: record.operation_id, outcome: record.outcome }
    }
}

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
    /// This account would hold more than [`ecash_core::amount::MAX_AMOUNT_MINOR`]; by a name of [`Party::account_id`].
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
    /// By the database. Whether it was written is known only by handing it in again.
    #[error("the ledger did not answer")]
    Unavailable(#[source] LedgerError),
}

/// The database failed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The engine reported an error.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// A stored value is not what was written.
    #[error("a stored {0} is damaged")]
    Damaged(&'static str),
    /// The database is locked, full or gone, or too much waits for it.
    #[error("the database does not accept writes now")]
    Busy,
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

/// One ledger; two engines, one conformance suite.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Commits many postings in one transaction and answers each on its own, in order. No two of
    /// them may share a name ([`Posting::names`]); [`Committer`] sees to it.
    async fn commit(&self, postings: &[Posting]) -> Vec<Result<Receipt, CommitError>>;

    /// Who owns a claim.
    async fn claim_owner(&self, claim: &Claim) -> Result<Option<OperationRecord>, LedgerError>;
    /// Which of these tokens are spent, in order.
    async fn spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, LedgerError>;
    /// The blind signatures made for these outputs, in order.
    async fn issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, LedgerError>;

    /// Opens an account, or finds the one with this token hash.
    async fn open_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> Result<AccountRecord, LedgerError>;
    /// An account by name.
    async fn account(&self, account_id: &AccountId) -> Result<Option<AccountRecord>, LedgerError>;
    /// An account by the hash of its token.
    async fn account_by_token(&self, token_hash: [u8; 32]) -> Result<Option<AccountRecord>, LedgerError>;
    /// Newest first, entries older than `before`, at most `limit`.
    async fn statement(
        &self,
        account_id: &AccountId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StatementLine>, LedgerError>;

    /// All keysets, oldest first.
    async fn keysets(&self) -> Result<Vec<StoredKeyset>, LedgerError>;
    /// Adds a keyset as the next epoch, in one transaction; false if its epoch is taken: of two
    /// processes that announce one at once, one wins.
    async fn add_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError>;
    /// Ends a keyset for good: no clock revives it, nothing of it can be spent or issued any more,
    /// and what was never spent is posted to `expired` as `operation`. False if it has ended before.
    async fn end_keyset(&self, keyset_id: &KeysetId, operation: Operation) -> Result<bool, LedgerError>;

    /// What of each key that has not ended is issued and not spent. Reads all entries: now and then, not often.
    /// In minor units; below zero only where tokens were forged.
    async fn outstanding(&self) -> Result<Vec<(KeyId, i64)>, LedgerError>;

    /// Returns when what was read before can be told: a standby has it too. What claims, tokens and outputs
    /// are read for waits by itself; whoever tells anything else that others act on waits here.
    async fn settled(&self) -> Result<(), LedgerError>;
    /// The database's own time, where it may be on another machine.
    async fn time(&self) -> Result<Option<Timestamp>, LedgerError>;
    /// Whether the database answers.
    async fn ping(&self) -> Result<(), LedgerError>;
    /// Writes as much as `probe` says, durably: whether the ledger accepts writes is known by writing.
    async fn probe_write(&self, probe: WriteProbe) -> Result<(), LedgerError>;
    /// Rejects a ledger whose file is no longer the one that was opened.
    fn check_in_place(&self) -> Result<(), LedgerError>;
    /// The times by which a clock is judged.
    async fn clock(&self) -> Result<LedgerClock, LedgerError>;
    /// Stores the clock's observations in place of the earlier ones.
    async fn set_clock(&self, clock: LedgerClock) -> Result<(), LedgerError>;
    /// What an operation credited, account by account; the mint's own accounts are included.
    async fn credits(&self, operation_id: &OperationId) -> Result<Vec<(AccountId, Amount)>, LedgerError>;
    /// Seals rows of the audit log that are not sealed yet, at most [`audit_log::ROWS_PER_SEAL`] of them;
    /// says how many, or nothing where another process is sealing.
    async fn seal(&self, key: &SealKey, at: Timestamp) -> Result<Option<u64>, LedgerError>;
    /// Checks invariants I1 to I8 but for I5's arithmetic, which needs keys: see
    /// [`Ledger::issued_page`].
    async fn audit(&self) -> Result<AuditReport, LedgerError>;
    /// Issued rows of a key after `after`, in order, for checking I5.
    async fn issued_page(
        &self,
        key_id: &KeyId,
        after: Option<BlindedHash>,
        limit: u32,
    ) -> Result<Vec<IssuedRecord>, LedgerError>;
}
