//! The production ledger: PostgreSQL 15 or later.
//!
//! Only the primary key of `spent` prevents double spending, under READ COMMITTED. Every read that a result
//! depends on goes to the primary.
//!
//! | module | contents |
//! |---|---|
//! | `open` | connecting, migrating, rejecting unsafe servers |
//! | `batch` | postings as columns, one array per column |
//! | `rounds` | selecting the postings of each transaction |
//! | `transaction`, `inserts` | one batch, one transaction, one statement per table |
//! | `balances` | checking the balances that a batch changes |
//! | `primary` | failover: dropping connections to a server that became read-only |
//! | `conflicts` | finding the operation that owns each taken row |
//! | `keysets` | adding and ending keysets |
//! | `sealer` | sealing the audit log |
//! | `standby` | waiting for the synchronous standby before a read is returned |

mod balances;
mod batch;
mod conflicts;
mod inserts;
mod keysets;
mod open;
mod primary;
mod records;
mod recoverable;
mod rounds;
mod sealer;
mod standby;
mod statements;
mod transaction;

pub use open::{PostgresLedger, PostgresSettings, schema_script};
pub use statements::all_statements;

use crate::Ed25519Key;
use crate::columns::{seconds, timestamp};
use crate::engine::{Engine, SharedRow, bind_all, impl_fetch};
use crate::error::During as _;
use crate::parameter::Parameter;
use crate::statements::{DialectStatements, Statement};
use crate::{AccountRole, LedgerClock, LedgerError, Operation, OutputRef, WriteProbe};
use ecash_core::keys::Keyset;
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, KeysetId, Timestamp};
use futures_util::TryStreamExt as _;
use std::collections::{HashMap, HashSet};

impl Engine for PostgresLedger {
    const STATEMENTS: &'static DialectStatements = statements::DIALECT;
    impl_fetch!(sqlx::Postgres);

    async fn read_spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, LedgerError> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let keysets: Vec<_> = tokens.iter().map(|(keyset_id, _)| keyset_id.as_str()).collect();
        let ids: Vec<_> = tokens.iter().map(|(_, spent_id)| spent_id.as_bytes().as_slice()).collect();
        let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(statements::SPENT_OWNERS.sql)
            .bind(keysets)
            .bind(&ids)
            .fetch_all(&self.readers)
            .await
            .during(statements::SPENT_OWNERS)?;
        let spent: HashSet<Vec<u8>> = rows.into_iter().map(|(spent_id, _)| spent_id).collect();
        Ok(ids.iter().map(|id| spent.contains(*id)).collect())
    }

    async fn read_issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, LedgerError> {
        if outputs.is_empty() {
            return Ok(Vec::new());
        }
        let keysets: Vec<_> = outputs.iter().map(|output| output.keyset_id.as_str()).collect();
        let keys: Vec<_> = outputs.iter().map(|output| output.key_id.as_bytes().as_slice()).collect();
        let hashes: Vec<_> = outputs.iter().map(|output| output.blinded_hash.as_bytes().as_slice()).collect();
        let rows: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)> = sqlx::query_as(statements::ISSUED_SIGNATURES.sql)
            .bind(keysets)
            .bind(&keys)
            .bind(&hashes)
            .fetch_all(&self.readers)
            .await
            .during(statements::ISSUED_SIGNATURES)?;
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
        sqlx::query(statements::INSERT_ACCOUNT.sql)
            .bind(account_id.as_str())
            .bind(role.as_str())
            .bind(token_hash.as_slice())
            .execute(&self.writer)
            .await
            .map(drop)
            .during(statements::INSERT_ACCOUNT)
    }

    async fn execute(&self, statement: Statement, parameters: &[Parameter<'_>]) -> Result<(), LedgerError> {
        let query = bind_all!(sqlx::query(statement.sql), parameters);
        query.execute(&self.writer).await.map(drop).during(statement)
    }

    async fn fetch_written<R: SharedRow>(
        &self,
        statement: Statement,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<R>, LedgerError> {
        let query = bind_all!(sqlx::query_as(statement.sql), parameters);
        query.fetch_all(&self.writer).await.during(statement)
    }

    /// Numbers events in a separate transaction, which holds an advisory lock before it reads. Without the
    /// lock, two mints could assign the same number.
    async fn write_numbers(&self, limit: u32) -> Result<Vec<String>, LedgerError> {
        let mut transaction = self.writer.begin().await.during("BEGIN")?;
        let alone: bool = sqlx::query_scalar(statements::TRY_FEED_LOCK.sql)
            .bind(statements::LOCK_CLASS)
            .fetch_one(&mut *transaction)
            .await
            .during(statements::TRY_FEED_LOCK)?;
        if !alone {
            return Ok(Vec::new());
        }
        let merchants = sqlx::query_scalar(statements::NUMBER_EVENTS.sql)
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await
            .during(statements::NUMBER_EVENTS)?;
        let made = sqlx::query(statements::MAKE_DELIVERIES.sql).execute(&mut *transaction).await;
        made.during(statements::MAKE_DELIVERIES)?;
        transaction.commit().await.during("COMMIT")?;
        Ok(merchants)
    }

    async fn write_clock(&self, clock: LedgerClock) -> Result<(), LedgerError> {
        sqlx::query(statements::SET_CLOCK.sql)
            .bind(clock.newest.map(seconds))
            .bind(clock.doubted_at.map(seconds))
            .execute(&self.writer)
            .await
            .map(drop)
            .during(statements::SET_CLOCK)
    }

    async fn write_probe(&self, probe: WriteProbe) -> Result<(), LedgerError> {
        self.try_probe(probe).await.map_err(|error| {
            self.primary.note(&error);
            LedgerError::Database { during: statements::PROBE_WRITE.name, source: error }
        })
    }

    /// Does nothing, because the database server is responsible for its files.
    fn check_file_unchanged(&self) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn wait_for_standby(&self) -> Result<(), LedgerError> {
        self.standby.wait().await
    }

    async fn read_time(&self) -> Result<Option<Timestamp>, LedgerError> {
        let seconds: i64 = sqlx::query_scalar(statements::TIME.sql)
            .fetch_one(&self.readers)
            .await
            .during(statements::TIME)?;
        timestamp(seconds).map(Some)
    }

    async fn insert_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError> {
        keysets::insert(self, epoch, keyset).await
    }

    async fn write_end(&self, keyset_id: &KeysetId, operation: Operation) -> Result<bool, LedgerError> {
        keysets::end(self, keyset_id, operation).await
    }

    async fn write_seal(&self, key: &Ed25519Key, at: Timestamp) -> Result<Option<u64>, LedgerError> {
        sealer::seal(self, key, at).await
    }
}

impl PostgresLedger {
    /// A large probe truncates the table and fills it again in one transaction, which allocates new disk
    /// space instead of reusing freed pages.
    async fn try_probe(&self, probe: WriteProbe) -> Result<(), sqlx::Error> {
        let filler = vec![0_u8; usize::try_from(probe.len_bytes()).unwrap_or_default()];
        let mut transaction = self.writer.begin().await?;
        if probe == WriteProbe::Large {
            sqlx::query(statements::EMPTY_PROBE.sql).execute(&mut *transaction).await?;
            sqlx::query(statements::FILL_PROBE.sql).bind(filler).execute(&mut *transaction).await?;
        } else {
            sqlx::query(statements::PROBE_WRITE.sql).bind(filler).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}
