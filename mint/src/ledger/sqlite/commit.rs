//! Writing postings.

use super::rows::{operation, seconds, signed};
use super::{SqliteLedger, statements};
use crate::ledger::{CommitError, Conflict, Draft, LedgerError, Movement, Party, Posting, Receipt};
use ecash_core::keys::KeyId;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

type Answers = Vec<Result<Receipt, Conflict>>;

impl SqliteLedger {
    /// Any database error rolls back and is tried again once, then posting by posting: an
    /// operation that was committed after all is found by its id and answered as committed.
    pub(super) async fn commit_with_retries(
        &self,
        postings: &[Posting],
    ) -> Vec<Result<Receipt, CommitError>> {
        let mut blame = Blame::Posting;
        for attempt in 1..=2 {
            match self.commit_batch(postings).await {
                Ok(answers) => {
                    return answers.into_iter().map(|a| a.map_err(CommitError::Conflict)).collect();
                }
                Err(error) => {
                    tracing::warn!(attempt, postings = postings.len(), error = %error, "batch failed");
                    blame = blame_of(&error);
                }
            }
        }
        let mut answers = Vec::with_capacity(postings.len());
        for posting in postings {
            if blame == Blame::Database {
                // One by one each would wait as long as the batch did.
                answers.push(Err(CommitError::Unavailable(LedgerError::Busy)));
                continue;
            }
            let alone = self.commit_batch(std::slice::from_ref(posting)).await;
            answers.push(match alone.map(|mut answers| answers.pop()) {
                Ok(Some(answer)) => answer.map_err(CommitError::Conflict),
                Ok(None) => Err(CommitError::Unavailable(LedgerError::Damaged("batch"))),
                Err(error) => Err(CommitError::Unavailable(error)),
            });
        }
        answers
    }

    async fn commit_batch(&self, postings: &[Posting]) -> Result<Answers, LedgerError> {
        let mut transaction =
            self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(LedgerError::Database)?;
        let mut answers = Vec::with_capacity(postings.len());
        for posting in postings {
            answers.push(commit_one(&mut transaction, posting.draft()).await?);
        }
        transaction.commit().await.map_err(LedgerError::Database)?;
        Ok(answers)
    }
}

/// Whose fault a failed batch is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blame {
    /// One posting's: the others commit without it.
    Posting,
    /// The database's: locked, full, gone.
    Database,
}

fn blame_of(error: &LedgerError) -> Blame {
    match error {
        LedgerError::Database(sqlx::Error::Database(error))
            if error.is_unique_violation()
                || error.is_foreign_key_violation()
                || error.is_check_violation() =>
        {
            Blame::Posting
        }
        LedgerError::Damaged(_) => Blame::Posting,
        _ => Blame::Database,
    }
}

/// Looks first, then writes: within `BEGIN IMMEDIATE` nobody comes between.
async fn commit_one(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Result<Receipt, Conflict>, LedgerError> {
    let earlier = sqlx::query(statements::FIND_OPERATION)
        .bind(draft.operation.id.as_bytes().as_slice())
        .fetch_optional(&mut *connection)
        .await
        .map_err(LedgerError::Database)?;
    if let Some(row) = earlier {
        return Ok(Ok(Receipt { operation_id: draft.operation.id, outcome: operation(&row)?.outcome }));
    }
    if let Some(conflict) = find_conflict(connection, draft).await? {
        return Ok(Err(conflict));
    }
    write(connection, draft).await.map_err(LedgerError::Database)?;
    Ok(Ok(Receipt { operation_id: draft.operation.id, outcome: draft.outcome.clone() }))
}

/// Claims first: a repeat is answered before any other conflict.
async fn find_conflict(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Option<Conflict>, LedgerError> {
    for (claim, _) in &draft.claims {
        let owner = sqlx::query(statements::FIND_CLAIM_OWNER)
            .bind(claim.as_str())
            .fetch_optional(&mut *connection)
            .await
            .map_err(LedgerError::Database)?;
        if let Some(row) = owner {
            return Ok(Some(Conflict::Claimed(Box::new(operation(&row)?))));
        }
    }
    if let Some(conflict) = find_ended_keyset(connection, draft).await.map_err(LedgerError::Database)? {
        return Ok(Some(conflict));
    }
    let conflict = find_taken_tokens(connection, draft).await.map_err(LedgerError::Database)?;
    match conflict {
        Some(conflict) => Ok(Some(conflict)),
        None => find_missing_money(connection, draft).await.map_err(LedgerError::Database),
    }
}

async fn find_ended_keyset(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Option<Conflict>, sqlx::Error> {
    for keyset_id in draft.keysets() {
        let ended: bool = sqlx::query_scalar(statements::KEYSET_ENDED)
            .bind(keyset_id.as_str())
            .fetch_one(&mut *connection)
            .await?;
        if ended {
            return Ok(Some(Conflict::KeysetEnded(keyset_id.clone())));
        }
    }
    Ok(None)
}

async fn find_taken_tokens(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Option<Conflict>, sqlx::Error> {
    let mut spent = Vec::new();
    for (index, spend) in draft.spends.iter().enumerate() {
        let row = sqlx::query(statements::IS_SPENT)
            .bind(spend.keyset_id.as_str())
            .bind(spend.spent_id.as_bytes().as_slice())
            .fetch_optional(&mut *connection)
            .await?;
        if row.is_some() {
            spent.push(index);
        }
    }
    if !spent.is_empty() {
        return Ok(Some(Conflict::Spent(spent)));
    }
    let mut issued = Vec::new();
    for (index, issue) in draft.issues.iter().enumerate() {
        let row = sqlx::query(statements::IS_ISSUED)
            .bind(issue.keyset_id.as_str())
            .bind(issue.key_id.as_bytes().as_slice())
            .bind(issue.blinded_hash.as_bytes().as_slice())
            .fetch_optional(&mut *connection)
            .await?;
        if row.is_some() {
            issued.push(index);
        }
    }
    Ok((!issued.is_empty()).then_some(Conflict::Issued(issued)))
}

async fn find_missing_money(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Option<Conflict>, sqlx::Error> {
    let debited = totals(&draft.debits);
    for (party, amount) in &debited {
        let Party::Account(account_id) = party else { continue };
        let balance: Option<i64> = sqlx::query_scalar(statements::BALANCE)
            .bind(account_id.as_str())
            .fetch_optional(&mut *connection)
            .await?;
        match balance {
            None => return Ok(Some(Conflict::UnknownAccount(account_id.clone()))),
            Some(balance) if balance < *amount => {
                return Ok(Some(Conflict::InsufficientBalance(account_id.clone())));
            }
            Some(_) => {}
        }
    }
    for movement in &draft.credits {
        let Party::Account(account_id) = &movement.party else { continue };
        let known: Option<i64> = sqlx::query_scalar(statements::BALANCE)
            .bind(account_id.as_str())
            .fetch_optional(&mut *connection)
            .await?;
        if known.is_none() {
            return Ok(Some(Conflict::UnknownAccount(account_id.clone())));
        }
    }
    Ok(None)
}

fn totals(movements: &[Movement]) -> BTreeMap<&Party, i64> {
    movements.iter().fold(BTreeMap::new(), |mut totals, movement| {
        let total = totals.entry(&movement.party).or_default();
        // A balanced posting sums to an amount, which fits.
        *total = i64::saturating_add(*total, signed(movement.amount.minor()));
        totals
    })
}

async fn write(connection: &mut SqliteConnection, draft: &Draft) -> Result<(), sqlx::Error> {
    let operation_id = draft.operation.id.as_bytes().as_slice();
    sqlx::query(statements::INSERT_OPERATION)
        .bind(operation_id)
        .bind(draft.operation.kind.as_str())
        .bind(draft.operation.request_digest.as_ref().map(<[u8; 32]>::as_slice))
        .bind(draft.outcome.to_string())
        .bind(seconds(draft.operation.at))
        .execute(&mut *connection)
        .await?;
    for (claim, keyset_id) in &draft.claims {
        sqlx::query(statements::INSERT_CLAIM)
            .bind(claim.as_str())
            .bind(operation_id)
            .bind(keyset_id.as_ref().map(|keyset_id| keyset_id.as_str()))
            .execute(&mut *connection)
            .await?;
    }
    write_tokens(connection, draft).await?;
    write_entries(connection, draft).await?;
    for event in &draft.events {
        sqlx::query(statements::INSERT_EVENT)
            .bind(operation_id)
            .bind(event.kind)
            .bind(event.payload.to_string())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn write_tokens(connection: &mut SqliteConnection, draft: &Draft) -> Result<(), sqlx::Error> {
    let operation_id = draft.operation.id.as_bytes().as_slice();
    for spend in &draft.spends {
        sqlx::query(statements::INSERT_SPENT)
            .bind(spend.keyset_id.as_str())
            .bind(spend.spent_id.as_bytes().as_slice())
            .bind(spend.key_id.as_bytes().as_slice())
            .bind(operation_id)
            .execute(&mut *connection)
            .await?;
    }
    for issue in &draft.issues {
        sqlx::query(statements::INSERT_ISSUED)
            .bind(issue.keyset_id.as_str())
            .bind(issue.key_id.as_bytes().as_slice())
            .bind(issue.blinded_hash.as_bytes().as_slice())
            .bind(issue.blind_signature.as_slice())
            .bind(operation_id)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Accounts by their sums; keys with value in and value out apart.
async fn write_entries(connection: &mut SqliteConnection, draft: &Draft) -> Result<(), sqlx::Error> {
    let operation_id = draft.operation.id.as_bytes().as_slice();
    let mut accounts: BTreeMap<&Party, i64> = totals(&draft.credits);
    for (party, amount) in totals(&draft.debits) {
        *accounts.entry(party).or_default() -= amount;
    }
    for (party, change) in accounts.into_iter().filter(|(_, change)| *change != 0) {
        sqlx::query(statements::CHANGE_BALANCE)
            .bind(change)
            .bind(party.account_id())
            .execute(&mut *connection)
            .await?;
        sqlx::query(statements::INSERT_ACCOUNT_ENTRY)
            .bind(operation_id)
            .bind(party.account_id())
            .bind(change)
            .execute(&mut *connection)
            .await?;
    }
    let value = |denomination: ecash_core::Denomination| signed(denomination.minor());
    let mut spent: BTreeMap<KeyId, i64> = BTreeMap::new();
    for spend in &draft.spends {
        *spent.entry(spend.key_id).or_default() -= value(spend.denomination);
    }
    let mut issued: BTreeMap<KeyId, i64> = BTreeMap::new();
    for issue in &draft.issues {
        *issued.entry(issue.key_id).or_default() += value(issue.denomination);
    }
    for (key_id, change) in spent.into_iter().chain(issued) {
        sqlx::query(statements::INSERT_KEY_ENTRY)
            .bind(operation_id)
            .bind(key_id.as_bytes().as_slice())
            .bind(change)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
