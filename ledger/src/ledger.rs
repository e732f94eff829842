//! The ledger's interface, split by concern.
//!
//! A part of the mint takes the concern that it needs, and a faulty ledger in a test replaces the one that it breaks.

use crate::audit_log::SealKey;
use crate::{
    AccountRecord, AccountRole, AuditReport, BlindedHash, Claim, CommitError, IssuedRecord, LedgerClock,
    LedgerError, Operation, OperationId, OperationRecord, OutputRef, Posting, Receipt, StatementLine,
    StoredKeyset, WriteProbe,
};
use async_trait::async_trait;
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, KeysetId, Timestamp};
use std::sync::Arc;

/// One ledger, by concern. Two engines, one conformance suite.
#[derive(Clone)]
pub struct Ledger {
    /// Writes value, and reads what decides whether it may be written.
    pub postings: Arc<dyn Postings>,
    /// Opens and reads accounts.
    pub accounts: Arc<dyn Accounts>,
    /// Keysets, and the clock that ends them.
    pub keysets: Arc<dyn Keysets>,
    /// Seals and checks what happened.
    pub audit_log: Arc<dyn AuditLog>,
    /// Whether the ledger can be read and written now.
    pub health: Arc<dyn Health>,
}

impl Ledger {
    /// One engine for every concern.
    #[must_use]
    pub fn new<E>(engine: E) -> Self
    where
        E: Postings + Accounts + Keysets + AuditLog + Health + 'static,
    {
        let engine = Arc::new(engine);
        Self {
            postings: engine.clone(),
            accounts: engine.clone(),
            keysets: engine.clone(),
            audit_log: engine.clone(),
            health: engine,
        }
    }
}

/// Writes value, and reads what decides whether it may be written. Every read goes to the primary.
#[async_trait]
pub trait Postings: Send + Sync {
    /// Commits many postings in one transaction and returns a result for each, in order. No two of them may share a
    /// [`UniqueKey`](crate::UniqueKey); [`Committer`](crate::Committer) separates those that do.
    async fn commit(&self, postings: &[Posting]) -> Vec<Result<Receipt, CommitError>>;

    /// Returns the operation that owns a claim, once the synchronous standby holds it too.
    async fn claim_owner(&self, claim: &Claim) -> Result<Option<OperationRecord>, LedgerError>;

    /// Returns which of these tokens are spent, in order, once the synchronous standby holds that too.
    async fn spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, LedgerError>;

    /// Returns the blind signatures made for these outputs, in order, once the synchronous standby holds them too.
    async fn issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, LedgerError>;

    /// Returns what an operation credited, account by account; the mint's own accounts are included.
    async fn credits(&self, operation_id: &OperationId) -> Result<Vec<(AccountId, Amount)>, LedgerError>;

    /// Waits until the synchronous standby holds everything that was read before. Must be called before a read whose
    /// result others act on is released; reads of claims, tokens and outputs do so themselves.
    async fn wait_for_standby(&self) -> Result<(), LedgerError>;
}

/// Opens and reads accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Opens an account, or returns the one with this token hash.
    async fn open_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> Result<AccountRecord, LedgerError>;

    /// Returns the account of this id.
    async fn account(&self, account_id: &AccountId) -> Result<Option<AccountRecord>, LedgerError>;

    /// Returns the account whose token has this SHA-256 hash.
    async fn account_by_token(&self, token_hash: [u8; 32]) -> Result<Option<AccountRecord>, LedgerError>;

    /// Returns an account's entries, newest first: those older than the entry `before`, at most `limit`.
    async fn statement(
        &self,
        account_id: &AccountId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StatementLine>, LedgerError>;
}

/// Keysets, and the clock that ends them.
#[async_trait]
pub trait Keysets: Send + Sync {
    /// Returns all keysets, oldest first.
    async fn keysets(&self) -> Result<Vec<StoredKeyset>, LedgerError>;

    /// Adds a keyset as the next epoch, in one transaction. Returns false if the epoch is taken: of two processes that
    /// publish one at the same time, one wins.
    async fn add_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError>;

    /// Ends a keyset for good: no clock revives it, nothing of it can be spent or issued any more, and what was never
    /// spent is posted to `expired` as `operation`. Returns false if it has ended before.
    async fn end_keyset(&self, keyset_id: &KeysetId, operation: Operation) -> Result<bool, LedgerError>;

    /// Returns what of each live key is issued and not spent, in minor units; below zero only where tokens were forged.
    /// Scans all entries, so it must not be called on a request.
    async fn outstanding(&self) -> Result<Vec<(KeyId, i64)>, LedgerError>;

    /// Returns the database's own time, where it may be on another machine.
    async fn database_time(&self) -> Result<Option<Timestamp>, LedgerError>;

    /// Returns the times by which a clock is judged.
    async fn clock(&self) -> Result<LedgerClock, LedgerError>;

    /// Replaces the times by which a clock is judged.
    async fn set_clock(&self, clock: LedgerClock) -> Result<(), LedgerError>;
}

/// Seals and checks what happened.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Seals rows of the audit log that are not sealed yet, at most [`ROWS_PER_SEAL`](crate::audit_log::ROWS_PER_SEAL)
    /// of them. Returns how many, or `None` while another process is sealing.
    async fn seal(&self, key: &SealKey, at: Timestamp) -> Result<Option<u64>, LedgerError>;

    /// Checks invariants I1 to I8 in one snapshot, except I5's arithmetic, which needs the keys:
    /// see [`AuditLog::issued_page`].
    async fn audit(&self) -> Result<AuditReport, LedgerError>;

    /// Returns issued rows of a key after `after`, in order of their hashes, at most `limit`, for checking I5.
    async fn issued_page(
        &self,
        key_id: &KeyId,
        after: Option<BlindedHash>,
        limit: u32,
    ) -> Result<Vec<IssuedRecord>, LedgerError>;
}

/// Whether the ledger can be read and written now.
#[async_trait]
pub trait Health: Send + Sync {
    /// Reads something trivial.
    async fn ping(&self) -> Result<(), LedgerError>;

    /// Writes as much as `probe` says, durably: only a write shows that the ledger accepts writes.
    async fn probe_write(&self, probe: WriteProbe) -> Result<(), LedgerError>;

    /// Rejects a ledger whose file is no longer the one that was opened.
    fn check_in_place(&self) -> Result<(), LedgerError>;
}
