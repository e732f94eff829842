//! The embedded ledger: one SQLite file in WAL mode with full sync.
//!
//! One connection writes. Its transactions begin with `BEGIN IMMEDIATE`, which locks out writers of other
//! processes, so rows that a transaction has read do not change before it commits. Readers see the last
//! commit.

mod commit;
mod file;
mod keysets;
mod open;
mod records;
mod sealer;
mod statements;
mod transaction;

pub use open::SqliteLedger;
pub use statements::all_statements;

use crate::Ed25519Key;
use crate::columns::seconds;
use crate::engine::{Engine, SharedRow, bind_all, impl_fetch};
use crate::error::During as _;
use crate::parameter::Parameter;
use crate::statements::{DialectStatements, Statement};
use crate::{AccountRole, LedgerClock, LedgerError, Operation, OutputRef, WriteProbe};
use ecash_core::keys::Keyset;
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, KeysetId, Timestamp};
use futures_util::TryStreamExt as _;

impl Engine for SqliteLedger {
    const STATEMENTS: &'static DialectStatements = statements::DIALECT;
    impl_fetch!(sqlx::Sqlite);

    async fn read_spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, LedgerError> {
        let mut connection = self.readers.acquire().await.during("waiting for a connection")?;
        let mut spent = Vec::with_capacity(tokens.len());
        for (keyset_id, spent_id) in tokens {
            let row = sqlx::query(statements::IS_SPENT.sql)
                .bind(keyset_id.as_str())
                .bind(spent_id.as_bytes().as_slice())
                .fetch_optional(&mut *connection)
                .await
                .during(statements::IS_SPENT)?;
            spent.push(row.is_some());
        }
        Ok(spent)
    }

    async fn read_issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, LedgerError> {
        let mut connection = self.readers.acquire().await.during("waiting for a connection")?;
        let mut signatures = Vec::with_capacity(outputs.len());
        for output in outputs {
            let signature: Option<Vec<u8>> = sqlx::query_scalar(statements::IS_ISSUED.sql)
                .bind(output.keyset_id.as_str())
                .bind(output.key_id.as_bytes().as_slice())
                .bind(output.blinded_hash.as_bytes().as_slice())
                .fetch_optional(&mut *connection)
                .await
                .during(statements::IS_ISSUED)?;
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
        sqlx::query(statements::INSERT_ACCOUNT.sql)
            .bind(account_id.as_str())
            .bind(role.as_str())
            .bind(token_hash.as_slice())
            .execute(&mut *transaction)
            .await
            .during(statements::INSERT_ACCOUNT)?;
        sqlx::query(statements::INSERT_MERCHANT.sql)
            .bind(account_id.as_str())
            .execute(&mut *transaction)
            .await
            .during(statements::INSERT_MERCHANT)?;
        transaction.commit().await
    }

    async fn execute(&self, statement: Statement, parameters: &[Parameter<'_>]) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        let query = bind_all!(sqlx::query(statement.sql), parameters);
        query.execute(&mut *transaction).await.during(statement)?;
        transaction.commit().await
    }

    async fn fetch_written<R: SharedRow>(
        &self,
        statement: Statement,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<R>, LedgerError> {
        let mut transaction = self.begin().await?;
        let query = bind_all!(sqlx::query_as(statement.sql), parameters);
        let rows = query.fetch_all(&mut *transaction).await.during(statement)?;
        transaction.commit().await?;
        Ok(rows)
    }

    async fn write_numbers(&self, limit: u32) -> Result<Vec<String>, LedgerError> {
        let mut transaction = self.begin().await?;
        let merchants = sqlx::query_scalar(statements::NUMBER_EVENTS.sql)
            .bind(limit)
            .fetch_all(&mut *transaction)
            .await
            .during(statements::NUMBER_EVENTS)?;
        for statement in [statements::MAKE_DELIVERIES, statements::ADVANCE_CURSORS] {
            sqlx::query(statement.sql).execute(&mut *transaction).await.during(statement)?;
        }
        transaction.commit().await?;
        Ok(merchants)
    }

    async fn write_clock(&self, clock: LedgerClock) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        sqlx::query(statements::SET_CLOCK.sql)
            .bind(clock.newest.map(seconds))
            .bind(clock.doubted_at.map(seconds))
            .execute(&mut *transaction)
            .await
            .during(statements::SET_CLOCK)?;
        transaction.commit().await
    }

    async fn write_probe(&self, probe: WriteProbe) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        sqlx::query(statements::PROBE_WRITE.sql)
            .bind(probe.len_bytes())
            .execute(&mut *transaction)
            .await
            .during(statements::PROBE_WRITE)?;
        transaction.commit().await
    }

    fn check_file_unchanged(&self) -> Result<(), LedgerError> {
        self.file.check()
    }

    /// Returns at once, because an embedded ledger has no standby.
    async fn wait_for_standby(&self) -> Result<(), LedgerError> {
        Ok(())
    }

    /// Returns `None`, because an embedded ledger has no server clock to compare with.
    async fn read_time(&self) -> Result<Option<Timestamp>, LedgerError> {
        Ok(None)
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
