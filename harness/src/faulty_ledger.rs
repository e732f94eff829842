//! A ledger whose writes hang or fail.

use async_trait::async_trait;
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, KeysetId};
use ecash_ledger::{
    Claim, CommitError, CommittedPosting, Health, Ledger, LedgerError, OnFailure, OperationId,
    OperationRecord, OutputRef, Posting, Postings, WriteProbe,
};
use std::sync::Arc;
use tokio::sync::Notify;

/// The fault of a ledger's writes.
#[derive(Debug, Clone)]
pub enum WriteFault {
    /// Writes never return. Each commit notifies when it is reached.
    Hangs(Arc<Notify>),
    /// Writes return an error.
    Fails,
}

/// Wraps a ledger. Reads pass; writes have this fault.
#[must_use]
pub fn faulty_ledger(inner: Ledger, fault: WriteFault) -> Ledger {
    let postings = Arc::new(FaultyPostings { inner: inner.postings.clone(), fault: fault.clone() });
    let health = Arc::new(FaultyHealth { inner: inner.health.clone(), fault });
    Ledger { postings, health, ..inner }
}

struct FaultyPostings {
    inner: Arc<dyn Postings>,
    fault: WriteFault,
}

#[async_trait]
impl Postings for FaultyPostings {
    async fn commit(
        &self,
        postings: &[Posting],
        _failed: OnFailure<'_>,
    ) -> Vec<Result<CommittedPosting, CommitError>> {
        match &self.fault {
            WriteFault::Hangs(reached) => {
                reached.notify_one();
                std::future::pending().await
            }
            WriteFault::Fails => postings
                .iter()
                .map(|_| Err(CommitError::Unavailable(LedgerError::TimedOut("this ledger always fails"))))
                .collect(),
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
    async fn credits(&self, operation_id: &OperationId) -> Result<Vec<(AccountId, Amount)>, LedgerError> {
        self.inner.credits(operation_id).await
    }
    async fn wait_for_standby(&self) -> Result<(), LedgerError> {
        self.inner.wait_for_standby().await
    }
}

struct FaultyHealth {
    inner: Arc<dyn Health>,
    fault: WriteFault,
}

#[async_trait]
impl Health for FaultyHealth {
    async fn ping(&self) -> Result<(), LedgerError> {
        self.inner.ping().await
    }
    async fn probe_write(&self, _: WriteProbe) -> Result<(), LedgerError> {
        match self.fault {
            WriteFault::Hangs(_) => std::future::pending().await,
            WriteFault::Fails => Err(LedgerError::TimedOut("this ledger always fails")),
        }
    }
    fn check_file_unchanged(&self) -> Result<(), LedgerError> {
        self.inner.check_file_unchanged()
    }
}
