//! A ledger whose writes fail: the process hangs or dies before them, or the database refuses.

use async_trait::async_trait;
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, KeysetId, Timestamp};
use ecash_mint::ledger::audit_log::SealKey;
use ecash_mint::ledger::{
    AccountRecord, AccountRole, AuditReport, BlindedHash, Claim, CommitError, IssuedRecord, Ledger,
    LedgerClock, LedgerError, Operation, OperationId, OperationRecord, OutputRef, Posting, Receipt,
    StatementLine, StoredKeyset, WriteProbe,
};
use std::sync::Arc;

/// What happens to writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFault {
    /// They are never answered.
    Hangs,
    /// They are refused.
    Fails,
}

/// A ledger that can be read only.
pub struct FaultyLedger {
    inner: Arc<dyn Ledger>,
    fault: WriteFault,
}

impl FaultyLedger {
    /// Writes to `inner` fail like this.
    #[must_use]
    pub const fn new(inner: Arc<dyn Ledger>, fault: WriteFault) -> Self {
        Self { inner, fault }
    }
}

#[async_trait]
impl Ledger for FaultyLedger {
    async fn commit(&self, postings: &[Posting]) -> Vec<Result<Receipt, CommitError>> {
        match self.fault {
            WriteFault::Hangs => std::future::pending().await,
            WriteFault::Fails => {
                postings.iter().map(|_| Err(CommitError::Unavailable(LedgerError::Busy))).collect()
            }
        }
    }
    async fn claim_owner(&self, claim: &Claim) -> Result<Option<OperationRecord>, LedgerError> {
        self.inner.claim_owner(claim).await
    }
    async fn spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, LedgerError> {
        self.inner.spent(tokens).await
    }
    async fn issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, LedgerError> {
        self.inner.issued(outputs).await
    }
    async fn open_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> Result<AccountRecord, LedgerError> {
        self.inner.open_account(account_id, role, token_hash).await
    }
    async fn account(&self, account_id: &AccountId) -> Result<Option<AccountRecord>, LedgerError> {
        self.inner.account(account_id).await
    }
    async fn account_by_token(&self, token_hash: [u8; 32]) -> Result<Option<AccountRecord>, LedgerError> {
        self.inner.account_by_token(token_hash).await
    }
    async fn statement(
        &self,
        account_id: &AccountId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StatementLine>, LedgerError> {
        self.inner.statement(account_id, before, limit).await
    }
    async fn keysets(&self) -> Result<Vec<StoredKeyset>, LedgerError> {
        self.inner.keysets().await
    }
    async fn add_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError> {
        self.inner.add_keyset(epoch, keyset).await
    }
    async fn end_keyset(&self, keyset_id: &KeysetId, operation: Operation) -> Result<bool, LedgerError> {
        self.inner.end_keyset(keyset_id, operation).await
    }
    async fn time(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.inner.time().await
    }
    async fn ping(&self) -> Result<(), LedgerError> {
        self.inner.ping().await
    }
    async fn probe_write(&self, _: WriteProbe) -> Result<(), LedgerError> {
        match self.fault {
            WriteFault::Hangs => std::future::pending().await,
            WriteFault::Fails => Err(LedgerError::Busy),
        }
    }
    fn check_in_place(&self) -> Result<(), LedgerError> {
        self.inner.check_in_place()
    }
    async fn clock(&self) -> Result<LedgerClock, LedgerError> {
        self.inner.clock().await
    }
    async fn set_clock(&self, clock: LedgerClock) -> Result<(), LedgerError> {
        self.inner.set_clock(clock).await
    }
    async fn credits(&self, operation_id: &OperationId) -> Result<Vec<(AccountId, Amount)>, LedgerError> {
        self.inner.credits(operation_id).await
    }
    async fn outstanding(&self) -> Result<Vec<(KeyId, i64)>, LedgerError> {
        self.inner.outstanding().await
    }
    async fn settled(&self) -> Result<(), LedgerError> {
        self.inner.settled().await
    }
    async fn seal(&self, key: &SealKey, at: Timestamp) -> Result<Option<u64>, LedgerError> {
        self.inner.seal(key, at).await
    }
    async fn audit(&self) -> Result<AuditReport, LedgerError> {
        self.inner.audit().await
    }
    async fn issued_page(
        &self,
        key_id: &KeyId,
        after: Option<BlindedHash>,
        limit: u32,
    ) -> Result<Vec<IssuedRecord>, LedgerError> {
        self.inner.issued_page(key_id, after, limit).await
    }
}
