//! Writing postings: one batch, one transaction, one statement per table.
//!
//! 0. A shared advisory lock on each touched keyset, then its state: of an ended one nothing more
//!    can be written.
//! 1. `operations`: an id that is there already is this posting's own earlier attempt, whose COMMIT
//!    was not heard. An attempt that is still under way is waited for.
//! 2. `claims`. 3. `accounts`, locked in order. 4. `spent`. 5. `issued`. 6. Balances, entries,
//!    events, rows of the audit log.
//!
//! The rows of each table are inserted in the order of its primary key, by every process, so that
//! two batches wait for each other and never in a circle. A run goes on after a row that was taken, so
//! that it finds all of them; then it rolls back, a fresh read names the owners (`rivals`), the postings
//! that lost are refused, and the others run again.

use super::batch::Batch;
use super::keysets::LOCK_CLASS;
use super::{PostgresLedger, statements};
use crate::ledger::changes::{credit_conflict, debit_conflict, totals};
use crate::ledger::retries::{Answers, Batches, Blame};
use crate::ledger::rows::OperationRow;
use crate::ledger::{CommitError, Conflict, Draft, LedgerError, OperationRecord, Party, Posting, Receipt};
use sqlx::{Connection as _, PgConnection};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;
use tokio::time::timeout;

/// Why a posting is not part of this run's transaction.
enum Setback {
    Refused(Conflict),
    /// Its debit fits the balance, but not beside its neighbours': the next transaction.
    Later,
}

/// What one run found.
enum Run {
    Committed {
        receipts: Vec<Receipt>,
        /// Not all were committed by an earlier attempt already, and only read.
        wrote: bool,
    },
    /// Nothing was written. The setbacks are by index; rows that were taken are not among them.
    RolledBack(HashMap<usize, Setback>),
}

impl Batches for PostgresLedger {
    async fn commit_batch(&self, postings: &[Posting]) -> Result<Answers, LedgerError> {
        let mut answers: HashMap<usize, Result<Receipt, Conflict>> = HashMap::new();
        let mut now: Vec<usize> = (0..postings.len()).collect();
        let mut later: Vec<usize> = Vec::new();
        // The answers that tell of what others, or an earlier attempt, have written.
        let mut read: HashSet<usize> = HashSet::new();
        // Each round answers a posting, puts one off, or meets a rival that vanished meanwhile.
        for _ in 0..3 * postings.len() + 3 {
            if now.is_empty() {
                now = std::mem::take(&mut later);
            }
            if now.is_empty() {
                break;
            }
            let batch = Batch { postings: now.iter().filter_map(|index| postings.get(*index)).collect() };
            match self.run(&batch).await? {
                Run::Committed { receipts, wrote } => {
                    // A commit that wrote has itself waited for everything that was read before it.
                    if wrote {
                        read.clear();
                    } else {
                        read.extend(&now);
                    }
                    answers.extend(now.drain(..).zip(receipts.into_iter().map(Ok)));
                }
                Run::RolledBack(mut setbacks) => {
                    let rivals = timeout(DEADLINE, self.find_rivals(&batch)).await;
                    let rivals = rivals.map_err(|_| LedgerError::Busy)??;
                    let mut next = Vec::with_capacity(now.len());
                    for (place, (index, rival)) in now.drain(..).zip(rivals).enumerate() {
                        match (rival, setbacks.remove(&place)) {
                            (Some(conflict), _) | (None, Some(Setback::Refused(conflict))) => {
                                read.insert(index);
                                answers.insert(index, Err(conflict));
                            }
                            (None, Some(Setback::Later)) => later.push(index),
                            (None, None) => next.push(index),
                        }
                    }
                    now = next;
                }
            }
        }
        let told = read.is_empty() || self.standby.has_it().await.is_ok();
        // A batch that never settles is answered as unavailable, whole: its postings are asked again.
        let answer = |index: usize| match answers.remove(&index) {
            Some(_) if !told && read.contains(&index) => Ok(Err(CommitError::Unavailable(LedgerError::Busy))),
            Some(answer) => Ok(answer.map_err(CommitError::Conflict)),
            None => Err(LedgerError::Busy),
        };
        (0..postings.len()).map(answer).collect()
    }

    fn blame_of(&self, error: &LedgerError) -> Blame {
        let LedgerError::Database(sqlx::Error::Database(error)) = error else {
            return if matches!(error, LedgerError::Damaged(_)) { Blame::Posting } else { Blame::Database };
        };
        // Data, constraint, deadlock and serialization, lock time-out, statement time-out.
        let code = error.code().unwrap_or_default();
        let posting = ["22", "23", "40", "55P03", "57014"].iter().any(|class| code.starts_with(class));
        if posting { Blame::Posting } else { Blame::Database }
    }
}

/// How long one transaction may take, seen from here: the server's own time-outs do not help when the
/// server is gone without a word.
const DEADLINE: Duration = Duration::from_secs(18);

impl PostgresLedger {
    async fn run(&self, batch: &Batch<'_>) -> Result<Run, LedgerError> {
        let mut connection = self.committer.acquire().await.map_err(LedgerError::Database)?;
        let ran = timeout(DEADLINE, run_on(&mut connection, batch)).await;
        match ran {
            Ok(Ok(run)) => Ok(run),
            Ok(Err(error)) => {
                if let LedgerError::Database(error) = &error {
                    self.primary.note(error);
                }
                Err(error)
            }
            Err(_) => {
                // Dropped halfway: never to be used again, whatever state it is in. What became of the
                // transaction is found out as after any unknown COMMIT.
                connection.close_on_drop();
                Err(LedgerError::Busy)
            }
        }
    }
}

async fn run_on(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<Run, LedgerError> {
    let mut transaction = connection.begin().await.map_err(LedgerError::Database)?;
    let written = attempt(&mut transaction, batch).await?;
    match written {
        Run::Committed { .. } => transaction.commit().await,
        Run::RolledBack(_) => transaction.rollback().await,
    }
    .map_err(LedgerError::Database)?;
    Ok(written)
}

/// Everything but the COMMIT.
async fn attempt(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<Run, LedgerError> {
    let mut setbacks = find_ended(connection, batch).await.map_err(LedgerError::Database)?;
    let earlier = insert_operations(connection, batch).await?;
    // What has happened stays so, whatever ended since.
    let happened = |place: &usize| {
        let posting = batch.postings.get(*place);
        posting.is_some_and(|posting| earlier.contains_key(posting.draft().operation.id.as_bytes()))
    };
    setbacks.retain(|place, _| !happened(place));
    let fresh: Vec<&Posting> = batch
        .postings
        .iter()
        .copied()
        .filter(|posting| !earlier.contains_key(posting.draft().operation.id.as_bytes()))
        .collect();
    // Where each fresh posting stands in the batch.
    let places: HashMap<_, _> =
        batch.drafts().enumerate().map(|(place, draft)| (draft.operation.id, place)).collect();
    let fresh = Batch { postings: fresh };
    let mut complete = insert_claims(connection, &fresh).await.map_err(LedgerError::Database)?;
    for (posting, setback) in check_money(connection, &fresh).await.map_err(LedgerError::Database)? {
        if let Some(place) = places.get(&posting.draft().operation.id) {
            setbacks.entry(*place).or_insert(setback);
        }
    }
    complete &= insert_tokens(connection, &fresh).await.map_err(LedgerError::Database)?;
    if !complete || !setbacks.is_empty() {
        return Ok(Run::RolledBack(setbacks));
    }
    insert_entries(connection, &fresh).await.map_err(LedgerError::Database)?;
    let receipt = |draft: &Draft| match earlier.get(draft.operation.id.as_bytes()) {
        Some(record) => record.clone().into(),
        None => Receipt { operation_id: draft.operation.id, outcome: draft.outcome.clone() },
    };
    Ok(Run::Committed { receipts: batch.drafts().map(receipt).collect(), wrote: !fresh.postings.is_empty() })
}

/// Writes a posting that nothing can stand in the way of.
pub(super) async fn write(connection: &mut PgConnection, posting: &Posting) -> Result<(), sqlx::Error> {
    let batch = Batch { postings: vec![posting] };
    insert_operation_rows(connection, &batch).await?;
    insert_entries(connection, &batch).await
}

async fn find_ended(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<HashMap<usize, Setback>, sqlx::Error> {
    let keysets = batch.keysets();
    if keysets.is_empty() {
        return Ok(HashMap::new());
    }
    sqlx::query(statements::LOCK_KEYSETS).bind(LOCK_CLASS).bind(&keysets).execute(&mut *connection).await?;
    // A statement of its own: it must see what was committed while the lock was waited for.
    let ended: Vec<String> =
        sqlx::query_scalar(statements::ENDED_KEYSETS).bind(&keysets).fetch_all(&mut *connection).await?;
    let of = |draft: &Draft| {
        let touched = draft.keysets();
        let over = touched.into_iter().find(|keyset_id| ended.iter().any(|id| id == keyset_id.as_str()));
        over.map(|keyset_id| Setback::Refused(Conflict::KeysetEnded(keyset_id.clone())))
    };
    Ok(batch.drafts().enumerate().filter_map(|(place, draft)| Some((place, of(draft)?))).collect())
}

/// Ids that were inserted by this run.
async fn insert_operation_rows(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<HashSet<Vec<u8>>, sqlx::Error> {
    let (kinds, digests, outcomes, times) = batch.operations();
    let inserted: Vec<Vec<u8>> = sqlx::query_scalar(statements::INSERT_OPERATIONS)
        .bind(batch.operation_ids())
        .bind(kinds)
        .bind(digests)
        .bind(outcomes)
        .bind(times)
        .fetch_all(connection)
        .await?;
    Ok(inserted.into_iter().collect())
}

/// Answers the postings whose earlier attempt was committed.
async fn insert_operations(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<HashMap<[u8; 16], OperationRecord>, LedgerError> {
    let inserted = insert_operation_rows(connection, batch).await.map_err(LedgerError::Database)?;
    let there: Vec<&[u8]> = batch.operation_ids().into_iter().filter(|id| !inserted.contains(*id)).collect();
    if there.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<OperationRow> = sqlx::query_as(statements::FIND_OPERATIONS)
        .bind(there)
        .fetch_all(connection)
        .await
        .map_err(LedgerError::Database)?;
    rows.into_iter()
        .map(|row| OperationRecord::try_from(row).map(|record| (*record.operation_id.as_bytes(), record)))
        .collect()
}

/// Whether every claim was free.
async fn insert_claims(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<bool, sqlx::Error> {
    let (claims, operations, keysets) = batch.claims();
    if claims.is_empty() {
        return Ok(true);
    }
    let wanted = claims.len() as u64;
    let inserted = sqlx::query(statements::INSERT_CLAIMS)
        .bind(claims)
        .bind(operations)
        .bind(keysets)
        .execute(connection)
        .await?;
    Ok(inserted.rows_affected() == wanted)
}

/// Locks every account of the batch and finds the postings that cannot be paid.
async fn check_money<'p>(
    connection: &mut PgConnection,
    batch: &Batch<'p>,
) -> Result<Vec<(&'p Posting, Setback)>, sqlx::Error> {
    let accounts = batch.accounts();
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let locked: Vec<(String, i64)> =
        sqlx::query_as(statements::LOCK_ACCOUNTS).bind(&accounts).fetch_all(connection).await?;
    let mut money = Money::of(&locked);
    let mut setbacks = Vec::new();
    for posting in &batch.postings {
        match money.check(posting.draft()) {
            Some(setback) => setbacks.push((*posting, setback)),
            None => money.take(posting.draft()),
        }
    }
    Ok(setbacks)
}

/// Balances while a batch is checked. Debits and credits are followed apart: neither may rely on the other, for
/// a posting that is deferred or refused takes its half away.
struct Money<'b> {
    /// Balances in minor units, read under the row locks of this transaction.
    balances: BTreeMap<&'b str, i64>,
    /// Less the debits of the postings that were accepted so far.
    after_debits: BTreeMap<&'b str, i64>,
    /// More the credits of the postings that were accepted so far.
    after_credits: BTreeMap<&'b str, i64>,
}

impl<'b> Money<'b> {
    fn of(locked: &'b [(String, i64)]) -> Self {
        let balances: BTreeMap<&str, i64> =
            locked.iter().map(|(id, balance)| (id.as_str(), *balance)).collect();
        Self { after_debits: balances.clone(), after_credits: balances.clone(), balances }
    }

    /// Rejects a posting that its accounts alone cannot bear, and defers one that they cannot bear beside the postings
    /// accepted so far.
    fn check(&self, draft: &Draft) -> Option<Setback> {
        for movement in draft.debits.iter().chain(&draft.credits) {
            if let Party::Account(account_id) = &movement.party
                && !self.balances.contains_key(account_id.as_str())
            {
                return Some(Setback::Refused(Conflict::UnknownAccount(account_id.clone())));
            }
        }
        let debits = totals(&draft.debits);
        let credits = totals(&draft.credits);
        let refused =
            refused_debit(&self.balances, &debits).or_else(|| refused_credit(&self.balances, &credits));
        if let Some(conflict) = refused {
            return Some(Setback::Refused(conflict));
        }
        let crowded = refused_debit(&self.after_debits, &debits).is_some()
            || refused_credit(&self.after_credits, &credits).is_some();
        crowded.then_some(Setback::Later)
    }

    /// Counts an accepted posting.
    fn take(&mut self, draft: &Draft) {
        for (party, amount) in totals(&draft.debits) {
            if let Some(balance) = self.after_debits.get_mut(party.account_id()) {
                *balance -= amount;
            }
        }
        for (party, amount) in totals(&draft.credits) {
            if let Some(balance) = self.after_credits.get_mut(party.account_id()) {
                *balance += amount;
            }
        }
    }
}

/// The first debit that these balances cannot bear.
fn refused_debit(balances: &BTreeMap<&str, i64>, debits: &BTreeMap<&Party, i64>) -> Option<Conflict> {
    debits.iter().find_map(|(party, amount)| {
        balances.get(party.account_id()).and_then(|balance| debit_conflict(party, *balance, *amount))
    })
}

/// The first credit that these balances cannot bear.
fn refused_credit(balances: &BTreeMap<&str, i64>, credits: &BTreeMap<&Party, i64>) -> Option<Conflict> {
    credits.iter().find_map(|(party, amount)| {
        balances.get(party.account_id()).and_then(|balance| credit_conflict(party, *balance, *amount))
    })
}

/// Whether every token was unspent and every output unsigned.
async fn insert_tokens(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<bool, sqlx::Error> {
    let mut complete = true;
    let spends = batch.spends();
    if !spends.keysets.is_empty() {
        let wanted = spends.keysets.len() as u64;
        let inserted = sqlx::query(statements::INSERT_SPENT)
            .bind(spends.keysets)
            .bind(spends.spent_ids)
            .bind(spends.keys)
            .bind(spends.operations)
            .execute(&mut *connection)
            .await?;
        complete &= inserted.rows_affected() == wanted;
    }
    let issues = batch.issues();
    if !issues.keysets.is_empty() {
        let wanted = issues.keysets.len() as u64;
        let inserted = sqlx::query(statements::INSERT_ISSUED)
            .bind(issues.keysets)
            .bind(issues.keys)
            .bind(issues.hashes)
            .bind(issues.signatures)
            .bind(issues.operations)
            .execute(&mut *connection)
            .await?;
        complete &= inserted.rows_affected() == wanted;
    }
    Ok(complete)
}

async fn insert_entries(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<(), sqlx::Error> {
    let (accounts, changes) = batch.balances();
    if !accounts.is_empty() {
        sqlx::query(statements::CHANGE_BALANCES)
            .bind(accounts)
            .bind(changes)
            .execute(&mut *connection)
            .await?;
    }
    let entries = batch.entries();
    if !entries.operations.is_empty() {
        sqlx::query(statements::INSERT_ENTRIES)
            .bind(entries.operations)
            .bind(entries.accounts)
            .bind(entries.keys)
            .bind(entries.changes)
            .execute(&mut *connection)
            .await?;
    }
    let (operations, kinds, payloads) = batch.events();
    if !operations.is_empty() {
        sqlx::query(statements::INSERT_EVENTS)
            .bind(operations)
            .bind(kinds)
            .bind(payloads)
            .execute(&mut *connection)
            .await?;
    }
    insert_audit_rows(connection, batch).await
}

async fn insert_audit_rows(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<(), sqlx::Error> {
    let (kinds, digests) = batch.audit_rows();
    sqlx::query(statements::INSERT_AUDIT_ROWS)
        .bind(batch.operation_ids())
        .bind(kinds)
        .bind(digests)
        .execute(connection)
        .await?;
    Ok(())
}
