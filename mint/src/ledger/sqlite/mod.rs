//! The embedded ledger: one SQLite file, WAL, full sync.
//!
//! One connection writes and opens every transaction with `BEGIN IMMEDIATE`, so within it reads are
//! exact, whatever other processes do. Readers see the last commit.

mod commit;
mod keysets;
mod open;
mod sealer;
mod statements;

pub use open::SqliteLedger;

use super::audit_log::{ChainCheck, DigestCheck, SealKey};
use super::engine::ledger_on;
use super::retries::commit_with_retries;
use super::rows::{
    AccountRow, IdentityRow, IssuedRow, KeyRow, KeysetRow, OperationRow, StatementRow, TotalsRow, signed,
    stored_keysets,
};
use super::{
    AccountRecord, AccountRole, AuditReport, BlindedHash, Claim, CommitError, IssuedRecord, Ledger,
    LedgerError, LedgerIdentity, Operation, OperationRecord, OutputRef, Posting, Receipt, StatementLine,
    StoredKeyset, Violation,
};
use async_trait::async_trait;
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, KeysetId, Timestamp};
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

    /// There is no standby.
    async fn standby_has_it(&self) -> Result<(), LedgerError> {
        Ok(())
    }

    /// The file is on this machine: its time is this process's.
    async fn read_time(&self) -> Result<Option<Timestamp>, LedgerError> {
        Ok(None)
    }
}
