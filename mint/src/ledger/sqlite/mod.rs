//! The embedded ledger: one SQLite file, WAL, full sync.
//!
//! One connection writes and opens every transaction with `BEGIN IMMEDIATE`, so within it reads are
//! exact, whatever other processes do. Readers see the last commit.

mod commit;
mod file;
mod keysets;
mod open;
mod sealer;
mod statements;
mod transaction;

pub use open::SqliteLedger;

use super::audit_log::{ChainCheck, DigestCheck, SealKey};
use super::engine::ledger_on;
use super::retries::commit_with_retries;
use super::rows::{
    AccountRow, ClockRow, IdentityRow, IssuedRow, KeyRow, KeysetRow, OperationRow, StatementRow, TotalsRow,
    credits, seconds, signed, stored_keysets,
};
use super::{
    AccountRecord, AccountRole, AuditReport, BlindedHash, Claim, CommitError, IssuedRecord, Ledger,
    LedgerClock, LedgerError, LedgerIdentity, Operation, OperationId, OperationRecord, OutputRef, Posting,
    Receipt, StatementLine, StoredKeyset, Violation, WriteProbe,
};
use async_trait::async_trait;
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, KeysetId, Timestamp};
use futures_util::TryStreamExt as _;

ledger_on!(SqliteLedger);

impl SqliteLedger {
    async fn read_spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, sqlx::Error> {
        let mut connection = self.readers.acquire().await?;
        let mut spent = Vec::with_capacity(tokens.len());
        for (keyset_id, spent_id) in tokens {
            let row = sqlx::query(statements::IS_SPENT)
                .bind(keyset_id.as_str())
                .bind(spent_id.as_bytes().as_slice())
                .fetch_optional(&mut *connection)
                .await?;
            spent.push(row.is_some());
        }
        Ok(spent)
    }

    async fn read_issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, sqlx::Error> {
        let mut connection = self.readers.acquire().await?;
        let mut signatures = Vec::with_capacity(outputs.len());
        for output in outputs {
            let signature: Option<Vec<u8>> = sqlx::query_scalar(statements::IS_ISSUED)
                .bind(output.keyset_id.as_str())
                .bind(output.key_id.as_bytes().as_slice())
                .bind(output.blinded_hash.as_bytes().as_slice())
                .fetch_optional(&mut *connection)
                .await?;
            signatures.push(signature);
        }
        Ok(signatures)
    }

    async fn insert_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        sqlx::query(statements::INSERT_ACCOUNT)
            .bind(account_id.as_str())
            .bind(role.as_str())
            .bind(token_hash.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        transaction.commit().await
    }

    async fn write_clock(&self, clock: LedgerClock) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        sqlx::query(statements::SET_CLOCK)
            .bind(clock.newest.map(seconds))
            .bind(clock.doubted_at.map(seconds))
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        transaction.commit().await
    }

    async fn try_write(&self, probe: WriteProbe) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        sqlx::query(statements::PROBE_WRITE)
            .bind(probe.len_bytes())
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        transaction.commit().await
    }

    fn check_place(&self) -> Result<(), LedgerError> {
        self.file.check()
    }

    /// There is no standby.
    async fn standby_has_it(&self) -> Result<(), LedgerError> {
        Ok(())
    }

    /// The file is on this machine: its time is this process's.
    async fn read_time(&self) -> Result<Option<Timestamp>, LedgerError> {
        Ok(None)
    }
}
