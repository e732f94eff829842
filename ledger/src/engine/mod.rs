//! Code that both engines share: the traits of [`Ledger`](crate::Ledger), implemented over an [`Engine`], and
//! reads through statements with the same parameters and columns.
//!
//! sqlx's types differ by database, so each engine fetches rows itself, through the macro [`impl_fetch`]. A
//! row type that both databases can be read into is a [`SharedRow`].

mod movements;
mod payments;
mod webhooks;

use crate::Ed25519Key;
use crate::audit_log::{ChainCheck, DigestCheck, SealMark, SealMarkRow};
use crate::parameter::Parameter;
use crate::retries::{BatchWriter, commit_with_retries};
use crate::rows::{
    AccountRow, ClockRow, IdentityRow, IssuedRow, KeyRow, KeysetRow, OperationRow, StatementRow, TotalsRow,
    credits, stored_keysets,
};
use crate::statements::{DialectStatements, Statement, shared};
use crate::{
    AccountRecord, AccountRole, Accounts, AuditLog, AuditReport, BlindedHash, Claim, CommitError,
    CommittedPosting, Health, IssuedRecord, Keysets, LedgerClock, LedgerError, LedgerIdentity, OnFailure,
    Operation, OperationId, OperationRecord, OutputRef, Posting, Postings, StatementLine, StoredKeyset,
    Violation, WriteProbe,
};
use async_trait::async_trait;
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, KeysetId, Timestamp};
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

/// A row that either database can be read into.
pub(crate) trait SharedRow:
    for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{
}

impl<R> SharedRow for R where R: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}

/// A database that holds a ledger.
pub(crate) trait Engine: BatchWriter + Send + Sync {
    const STATEMENTS: &'static DialectStatements;
    /// A read transaction with snapshot isolation: all of its statements see the same commits.
    type Snapshot: Send;

    /// Returns all rows of a statement.
    fn fetch<R: SharedRow>(
        &self,
        statement: Statement,
        parameters: &[Parameter<'_>],
    ) -> impl Future<Output = Result<Vec<R>, LedgerError>> + Send;
    fn snapshot(&self) -> impl Future<Output = Result<Self::Snapshot, LedgerError>> + Send;
    /// Passes each row of a statement to `each`, without holding them all in memory.
    fn for_each_in<R: SharedRow>(
        snapshot: &mut Self::Snapshot,
        statement: Statement,
        each: impl FnMut(R) + Send,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;

    fn read_spent(
        &self,
        tokens: &[(KeysetId, TokenMessage)],
    ) -> impl Future<Output = Result<Vec<bool>, LedgerError>> + Send;
    fn read_issued(
        &self,
        outputs: &[OutputRef],
    ) -> impl Future<Output = Result<Vec<Option<Vec<u8>>>, LedgerError>> + Send;
    fn read_time(&self) -> impl Future<Output = Result<Option<Timestamp>, LedgerError>> + Send;
    fn wait_for_standby(&self) -> impl Future<Output = Result<(), LedgerError>> + Send;
    fn insert_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;
    fn insert_keyset(
        &self,
        epoch: u32,
        keyset: &Keyset,
    ) -> impl Future<Output = Result<bool, LedgerError>> + Send;
    fn write_end(
        &self,
        keyset_id: &KeysetId,
        operation: Operation,
    ) -> impl Future<Output = Result<bool, LedgerError>> + Send;
    /// Runs a statement that is not part of a posting.
    fn execute(
        &self,
        statement: Statement,
        parameters: &[Parameter<'_>],
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;
    /// Runs a statement that is not part of a posting, and returns the rows that it wrote.
    fn fetch_written<R: SharedRow>(
        &self,
        statement: Statement,
        parameters: &[Parameter<'_>],
    ) -> impl Future<Output = Result<Vec<R>, LedgerError>> + Send;
    fn write_numbers(&self, limit: u32) -> impl Future<Output = Result<Vec<String>, LedgerError>> + Send;
    fn write_clock(&self, clock: LedgerClock) -> impl Future<Output = Result<(), LedgerError>> + Send;
    fn write_probe(&self, probe: WriteProbe) -> impl Future<Output = Result<(), LedgerError>> + Send;
    fn write_seal(
        &self,
        key: &Ed25519Key,
        at: Timestamp,
    ) -> impl Future<Output = Result<Option<u64>, LedgerError>> + Send;
    /// Fails once the ledger's file is no longer the one that was opened.
    fn check_file_unchanged(&self) -> Result<(), LedgerError>;
}

/// Binds parameters to a query of either database.
macro_rules! bind_all {
    ($query:expr, $parameters:expr) => {{
        let mut query = $query;
        for parameter in $parameters {
            query = match parameter {
                $crate::parameter::Parameter::Text(text) => query.bind(*text),
                $crate::parameter::Parameter::OwnedText(text) => query.bind(text.as_str()),
                $crate::parameter::Parameter::Bytes(bytes) => query.bind(*bytes),
                $crate::parameter::Parameter::Integer(integer) => query.bind(*integer),
                $crate::parameter::Parameter::MaybeInteger(integer) => query.bind(*integer),
                $crate::parameter::Parameter::MaybeText(text) => query.bind(*text),
                $crate::parameter::Parameter::Boolean(boolean) => query.bind(*boolean),
            };
        }
        query
    }};
}
pub(crate) use bind_all;

/// Implements [`Engine::fetch`], `snapshot` and `for_each_in` over sqlx for one database.
macro_rules! impl_fetch {
    ($database:ty) => {
        type Snapshot = sqlx::Transaction<'static, $database>;

        async fn fetch<R: SharedRow>(
            &self,
            statement: crate::statements::Statement,
            parameters: &[Parameter<'_>],
        ) -> Result<Vec<R>, LedgerError> {
            let query = crate::engine::bind_all!(sqlx::query_as(statement.sql), parameters);
            query.fetch_all(&self.readers).await.during(statement)
        }

        async fn snapshot(&self) -> Result<Self::Snapshot, LedgerError> {
            self.begin_snapshot().await.during("BEGIN")
        }

        async fn for_each_in<R: SharedRow>(
            snapshot: &mut Self::Snapshot,
            statement: crate::statements::Statement,
            mut each: impl FnMut(R) + Send,
        ) -> Result<(), LedgerError> {
            let mut rows = sqlx::query_as(statement.sql).fetch(&mut **snapshot);
            while let Some(row) = rows.try_next().await.during(statement)? {
                each(row);
            }
            Ok(())
        }
    };
}
pub(crate) use impl_fetch;

/// Returns all rows of a statement in a snapshot, in memory.
async fn fetch_in<E: Engine, R: SharedRow>(
    snapshot: &mut E::Snapshot,
    statement: Statement,
) -> Result<Vec<R>, LedgerError> {
    let mut rows = Vec::new();
    E::for_each_in(snapshot, statement, |row| rows.push(row)).await?;
    Ok(rows)
}

/// Returns the only row of a statement in a snapshot. If there is no row, reports `what` as corrupt.
async fn fetch_one_in<E: Engine, R: SharedRow>(
    snapshot: &mut E::Snapshot,
    statement: Statement,
    what: &'static str,
) -> Result<R, LedgerError> {
    fetch_in::<E, R>(snapshot, statement).await?.pop().ok_or(LedgerError::Corrupt(what))
}

#[async_trait]
impl<E: Engine> Postings for E {
    async fn commit(
        &self,
        postings: &[Posting],
        failed: OnFailure<'_>,
    ) -> Vec<Result<CommittedPosting, CommitError>> {
        commit_with_retries(self, postings, failed).await
    }

    async fn claim_owner(&self, claim: &Claim) -> Result<Option<OperationRecord>, LedgerError> {
        let statement = E::STATEMENTS.find_claim_owner;
        let row = self.fetch::<OperationRow>(statement, &[Parameter::Text(claim.as_str())]).await?.pop();
        if row.is_some() {
            Engine::wait_for_standby(self).await?;
        }
        row.map(TryInto::try_into).transpose()
    }

    async fn spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, LedgerError> {
        let spent = self.read_spent(tokens).await?;
        check_result_count(spent.len(), tokens.len())?;
        if spent.contains(&true) {
            Engine::wait_for_standby(self).await?;
        }
        Ok(spent)
    }

    async fn issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, LedgerError> {
        let issued = self.read_issued(outputs).await?;
        check_result_count(issued.len(), outputs.len())?;
        if issued.iter().any(Option::is_some) {
            Engine::wait_for_standby(self).await?;
        }
        Ok(issued)
    }

    async fn credits(&self, operation_id: &OperationId) -> Result<Vec<(AccountId, Amount)>, LedgerError> {
        let parameters = [Parameter::Bytes(operation_id.as_bytes())];
        credits(self.fetch(shared::CREDITS, &parameters).await?)
    }

    async fn wait_for_standby(&self) -> Result<(), LedgerError> {
        Engine::wait_for_standby(self).await
    }
}

/// Checks that a read returned one result per item. Callers pair results with items by index, so a missing
/// result could make a spent token look unspent.
fn check_result_count(results: usize, items: usize) -> Result<(), LedgerError> {
    if results == items {
        Ok(())
    } else {
        Err(LedgerError::BrokenInvariant("a read returned a wrong number of results"))
    }
}

#[async_trait]
impl<E: Engine> Accounts for E {
    /// Idempotent because the token hash is unique: a second call inserts nothing and returns the first one's
    /// account.
    async fn open_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> Result<Option<AccountRecord>, LedgerError> {
        self.insert_account(account_id, role, token_hash).await?;
        self.account_by_token(token_hash).await
    }

    async fn account(&self, account_id: &AccountId) -> Result<Option<AccountRecord>, LedgerError> {
        let parameters = [Parameter::Text(account_id.as_str())];
        let row = self.fetch::<AccountRow>(shared::ACCOUNT_BY_ID, &parameters).await?.pop();
        row.map(TryInto::try_into).transpose()
    }

    async fn account_by_token(&self, token_hash: [u8; 32]) -> Result<Option<AccountRecord>, LedgerError> {
        let parameters = [Parameter::Bytes(&token_hash)];
        let row = self.fetch::<AccountRow>(E::STATEMENTS.account_by_token, &parameters).await?.pop();
        row.map(TryInto::try_into).transpose()
    }

    async fn statement(
        &self,
        account_id: &AccountId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StatementLine>, LedgerError> {
        let parameters = [
            Parameter::Text(account_id.as_str()),
            // A `before` that does not fit is larger than every entry id.
            Parameter::Integer(before.and_then(|id| i64::try_from(id).ok()).unwrap_or(i64::MAX)),
            Parameter::Integer(i64::from(limit)),
        ];
        let rows = self.fetch::<StatementRow>(shared::STATEMENT, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

#[async_trait]
impl<E: Engine> Keysets for E {
    async fn keysets(&self) -> Result<Vec<StoredKeyset>, LedgerError> {
        let mut snapshot = self.snapshot().await?;
        let statements = E::STATEMENTS;
        let identity = fetch_one_in::<E, IdentityRow>(&mut snapshot, statements.identity, "identity").await?;
        let keysets = fetch_in::<E, KeysetRow>(&mut snapshot, statements.keysets).await?;
        let keys = fetch_in::<E, KeyRow>(&mut snapshot, shared::KEYS).await?;
        stored_keysets(&LedgerIdentity::try_from(identity)?, keysets, &keys)
    }

    async fn add_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError> {
        self.insert_keyset(epoch, keyset).await
    }

    async fn end_keyset(&self, keyset_id: &KeysetId, operation: Operation) -> Result<bool, LedgerError> {
        self.write_end(keyset_id, operation).await
    }

    async fn outstanding(&self) -> Result<Vec<(KeyId, i64)>, LedgerError> {
        let mut snapshot = self.snapshot().await?;
        let rows: Vec<(Vec<u8>, i64)> =
            fetch_in::<E, _>(&mut snapshot, E::STATEMENTS.all_outstanding).await?;
        let named = |(key_id, minor): (Vec<u8>, i64)| Some((KeyId::from_slice(&key_id)?, minor));
        rows.into_iter().map(named).collect::<Option<_>>().ok_or(LedgerError::Corrupt("key id"))
    }

    async fn database_time(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.read_time().await
    }

    async fn clock(&self) -> Result<LedgerClock, LedgerError> {
        let row = self.fetch::<ClockRow>(shared::CLOCK, &[]).await?.pop();
        row.ok_or(LedgerError::Corrupt("clock"))?.try_into()
    }

    async fn set_clock(&self, clock: LedgerClock) -> Result<(), LedgerError> {
        self.write_clock(clock).await
    }
}

#[async_trait]
impl<E: Engine> AuditLog for E {
    async fn seal(&self, key: &Ed25519Key, at: Timestamp) -> Result<Option<u64>, LedgerError> {
        self.write_seal(key, at).await
    }

    async fn seal_mark(&self, seal_no: Option<u64>) -> Result<Option<SealMark>, LedgerError> {
        let rows: Vec<SealMarkRow> = match seal_no {
            None => self.fetch(shared::LAST_SEAL_MARK, &[]).await?,
            Some(seal_no) => {
                // Seal numbers are 64-bit signed integers, so no seal has this number.
                let Ok(seal_no) = i64::try_from(seal_no) else { return Ok(None) };
                self.fetch(shared::SEAL_MARK, &[Parameter::Integer(seal_no)]).await?
            }
        };
        rows.into_iter().next().map(SealMark::try_from).transpose()
    }

    async fn audit(&self) -> Result<AuditReport, LedgerError> {
        // One snapshot, so that operations committed during the audit do not look like violations.
        // 1. Totals and the SQL checks (I1 to I4, I6 to I8).
        let mut snapshot = self.snapshot().await?;
        let totals =
            fetch_one_in::<E, TotalsRow>(&mut snapshot, E::STATEMENTS.audit_totals, "totals").await?;
        let mut report = AuditReport::try_from(totals)?;
        for (invariant, statement) in shared::audit_checks(E::STATEMENTS) {
            let details = fetch_in::<E, (String,)>(&mut snapshot, statement).await?;
            let violation = |(detail,)| Violation { invariant, detail };
            report.violations.extend(details.into_iter().map(violation));
        }
        report.check_sum();
        // 2. Each operation's digest in the audit log (I8).
        let mut digests = DigestCheck::default();
        E::for_each_in(&mut snapshot, shared::AUDIT_LOGGED, |row| digests.push(row)).await?;
        report.violations.extend(digests.finish());
        // 3. The chain of seals over the audit log (I8).
        let mut chain = ChainCheck::default();
        E::for_each_in(&mut snapshot, shared::AUDIT_SEALS, |row| chain.push(row)).await?;
        let (head, violations) = chain.finish();
        report.seal_head = head;
        report.violations.extend(violations);
        Ok(report)
    }

    async fn issued_page(
        &self,
        key_id: &KeyId,
        after: Option<BlindedHash>,
        limit: u32,
    ) -> Result<Vec<IssuedRecord>, LedgerError> {
        let after = after.map(|hash| hash.as_bytes().to_vec()).unwrap_or_default();
        let parameters = [
            Parameter::Bytes(key_id.as_bytes()),
            Parameter::Bytes(&after),
            Parameter::Integer(i64::from(limit)),
        ];
        let rows = self.fetch::<IssuedRow>(shared::ISSUED_PAGE, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

#[async_trait]
impl<E: Engine> Health for E {
    async fn ping(&self) -> Result<(), LedgerError> {
        Engine::check_file_unchanged(self)?;
        self.fetch::<Ping>(shared::PING, &[]).await.map(drop)
    }

    async fn probe_write(&self, probe: WriteProbe) -> Result<(), LedgerError> {
        self.write_probe(probe).await
    }

    fn check_file_unchanged(&self) -> Result<(), LedgerError> {
        Engine::check_file_unchanged(self)
    }
}

/// A row whose columns are ignored.
#[derive(FromRow)]
struct Ping {}
