//! The embedded ledger: one SQLite file, WAL, full sync.
//!
//! One connection writes and opens every transaction with `BEGIN IMMEDIATE`, so within it reads are
//! exact, whatever other processes do. Readers see the last commit.

mod commit;
mod keysets;
mod open;
mod statements;

pub use open::SqliteLedger;

use super::retries::commit_with_retries;
use super::rows::{
    AccountRow, IdentityRow, IssuedRow, KeyRow, KeysetRow, OperationRow, StatementRow, TotalsRow, signed,
    stored_keysets,
};
use super::shared_reads::shared_reads;
use super::{
    AccountRecord, AccountRole, AuditReport, BlindedHash, Claim, CommitError, IssuedRecord, Ledger,
    LedgerError, LedgerIdentity, Operation, OperationRecord, OutputRef, Posting, Receipt, StatementLine,
    StoredKeyset, Violation,
};
use async_trait::async_trait;
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, KeysetId};

shared_reads!(SqliteLedger);

#[async_trait]
impl Ledger for SqliteLedger {
    async fn commit(&self, postings: &[Posting]) -> Vec<Result<Receipt, CommitError>> {
        commit_with_retries(self, postings).await
    }

    async fn claim_owner(&self, claim: &Claim) -> Result<Option<OperationRecord>, LedgerError> {
        self.find_claim_owner(claim).await
    }

    async fn spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, LedgerError> {
        let mut connection = self.readers.acquire().await.map_err(LedgerError::Database)?;
        let mut spent = Vec::with_capacity(tokens.len());
        for (keyset_id, spent_id) in tokens {
            let row = sqlx::query(statements::IS_SPENT)
                .bind(keyset_id.as_str())
                .bind(spent_id.as_bytes().as_slice())
                .fetch_optional(&mut *connection)
                .await
                .map_err(LedgerError::Database)?;
            spent.push(row.is_some());
        }
        Ok(spent)
    }

    async fn issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, LedgerError> {
        let mut connection = self.readers.acquire().await.map_err(LedgerError::Database)?;
        let mut signatures = Vec::with_capacity(outputs.len());
        for output in outputs {
            let signature: Option<Vec<u8>> = sqlx::query_scalar(statements::IS_ISSUED)
                .bind(output.keyset_id.as_str())
                .bind(output.key_id.as_bytes().as_slice())
                .bind(output.blinded_hash.as_bytes().as_slice())
                .fetch_optional(&mut *connection)
                .await
                .map_err(LedgerError::Database)?;
            signatures.push(signature);
        }
        Ok(signatures)
    }

    async fn open_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> Result<AccountRecord, LedgerError> {
        self.insert_or_find_account(account_id, role, token_hash).await
    }

    async fn account(&self, account_id: &AccountId) -> Result<Option<AccountRecord>, LedgerError> {
        self.find_account(account_id).await
    }

    async fn account_by_token(&self, token_hash: [u8; 32]) -> Result<Option<AccountRecord>, LedgerError> {
        self.find_account_by_token(token_hash).await
    }

    async fn statement(
        &self,
        account_id: &AccountId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StatementLine>, LedgerError> {
        self.read_statement(account_id, before, limit).await
    }

    async fn keysets(&self) -> Result<Vec<StoredKeyset>, LedgerError> {
        self.read_keysets().await
    }

    async fn add_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError> {
        self.insert_keyset(epoch, keyset).await
    }

    async fn end_keyset(&self, keyset_id: &KeysetId, operation: Operation) -> Result<bool, LedgerError> {
        self.write_end(keyset_id, operation).await
    }

    async fn ping(&self) -> Result<(), LedgerError> {
        sqlx::query(statements::PING).execute(&self.readers).await.map_err(LedgerError::Database)?;
        Ok(())
    }

    async fn audit(&self) -> Result<AuditReport, LedgerError> {
        self.run_audit().await
    }

    async fn issued_page(
        &self,
        key_id: &KeyId,
        after: Option<BlindedHash>,
        limit: u32,
    ) -> Result<Vec<IssuedRecord>, LedgerError> {
        self.read_issued_page(key_id, after, limit).await
    }
}
