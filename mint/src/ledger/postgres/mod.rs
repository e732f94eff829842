//! The production ledger: PostgreSQL 15 or later.
//!
//! Double spending is decided by the primary key of `spent` under READ COMMITTED, and by nothing
//! else. Every read that decides goes to the primary this ledger is connected to.
//!
//! | module | what it holds |
//! |---|---|
//! | `open` | connecting, migrating, refusing what cannot be trusted |
//! | `batch` | postings as columns, each set in the order of its primary key |
//! | `commit` | one batch, one transaction |
//! | `primary` | following a fail-over: connections to a server that became read-only are dropped |
//! | `rivals` | who was first, where a row was taken |
//! | `keysets` | adding and ending keysets |
//! | `sealer` | sealing the audit log |
//! | `standby` | waiting for the standby before telling what was read |

mod batch;
mod commit;
mod keysets;
mod open;
mod primary;
mod rivals;
mod sealer;
mod standby;
mod statements;

pub use open::{PostgresLedger, PostgresSettings, schema_script};
pub use statements::ALL_STATEMENTS;

use super::audit_log::{ChainCheck, DigestCheck, SealKey};
use super::engine::ledger_on;
use super::retries::commit_with_retries;
use super::rows::{
    AccountRow, ClockRow, IdentityRow, IssuedRow, KeyRow, KeysetRow, OperationRow, StatementRow, TotalsRow,
    credits, seconds, signed, stored_keysets, timestamp,
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
use std::collections::{HashMap, HashSet};

ledger_on!(PostgresLedger);

impl PostgresLedger {
    async fn read_spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, sqlx::Error> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let keysets: Vec<_> = tokens.iter().map(|(keyset_id, _)| keyset_id.as_str()).collect();
        let ids: Vec<_> = tokens.iter().map(|(_, spent_id)| spent_id.as_bytes().as_slice()).collect();
        let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(statements::SPENT_OWNERS)
            .bind(keysets)
            .bind(&ids)
            .fetch_all(&self.readers)
            .await?;
        let spent: HashSet<Vec<u8>> = rows.into_iter().map(|(spent_id, _)| spent_id).collect();
        Ok(ids.iter().map(|id| spent.contains(*id)).collect())
    }

    async fn read_issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, sqlx::Error> {
        if outputs.is_empty() {
            return Ok(Vec::new());
        }
        let keysets: Vec<_> = outputs.iter().map(|output| output.keyset_id.as_str()).collect();
        let keys: Vec<_> = outputs.iter().map(|output| output.key_id.as_bytes().as_slice()).collect();
        let hashes: Vec<_> = outputs.iter().map(|output| output.blinded_hash.as_bytes().as_slice()).collect();
        let rows: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)> = sqlx::query_as(statements::ISSUED_SIGNATURES)
            .bind(keysets)
            .bind(&keys)
            .bind(&hashes)
            .fetch_all(&self.readers)
            .await?;
        let found: HashMap<(Vec<u8>, Vec<u8>), Vec<u8>> =
            rows.into_iter().map(|(key, hash, signature)| ((key, hash), signature)).collect();
        let signature = |(key, hash): (&&[u8], &&[u8])| found.get(&(key.to_vec(), hash.to_vec())).cloned();
        Ok(keys.iter().zip(&hashes).map(signature).collect())
    }

    async fn insert_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> Result<(), LedgerError> {
        sqlx::query(statements::INSERT_ACCOUNT)
            .bind(account_id.as_str())
            .bind(role.as_str())
            .bind(token_hash.as_slice())
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(LedgerError::Database)
    }

    async fn write_clock(&self, clock: LedgerClock) -> Result<(), LedgerError> {
        sqlx::query(statements::SET_CLOCK)
            .bind(clock.newest.map(seconds))
            .bind(clock.doubted_at.map(seconds))
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(LedgerError::Database)
    }

    async fn try_write(&self, probe: WriteProbe) -> Result<(), LedgerError> {
        self.try_probe(probe).await.map_err(|error| {
            self.primary.note(&error);
            LedgerError::Database(error)
        })
    }

    /// A large probe takes new space: in a table that was emptied in the same transaction nothing is reused.
    async fn try_probe(&self, probe: WriteProbe) -> Result<(), sqlx::Error> {
        let filler = vec![0_u8; usize::try_from(probe.len_bytes()).unwrap_or_default()];
        let mut transaction = self.writer.begin().await?;
        if probe == WriteProbe::Large {
            sqlx::query(statements::EMPTY_PROBE).execute(&mut *transaction).await?;
            sqlx::query(statements::FILL_PROBE).bind(filler).execute(&mut *transaction).await?;
        } else {
            sqlx::query(statements::PROBE_WRITE).bind(filler).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }

    /// The server looks after its own files.
    #[expect(clippy::unused_self, reason = "each engine has this method")]
    fn check_place(&self) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn standby_has_it(&self) -> Result<(), LedgerError> {
        self.standby.has_it().await
    }

    async fn read_time(&self) -> Result<Option<Timestamp>, LedgerError> {
        let seconds: i64 = sqlx::query_scalar(statements::TIME)
            .fetch_one(&self.readers)
            .await
            .map_err(LedgerError::Database)?;
        timestamp(seconds).map(Some)
    }
}
