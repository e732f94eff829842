//! Writing postings.

use super::{SqliteLedger, statements};
use crate::ledger::audit_log::digest_of;
use crate::ledger::changes::{account_changes, credit_conflict, debit_conflict, key_changes, totals};
use crate::ledger::retries::{Answers, Batches, Blame};
use crate::ledger::rows::{OperationRow, seconds};
use crate::ledger::{CommitError, Conflict, Draft, LedgerError, OperationRecord, Party, Posting, Receipt};
use sqlx::SqliteConnection;

impl Batches for SqliteLedger {
    async fn commit_batch(&self, postings: &[Posting]) -> Result<Answers, LedgerError> {
        let mut transaction = self.begin().await?;
        let mut answers = Vec::with_capacity(postings.len());
        for posting in postings {
            let answer = commit_one(&mut transaction, posting.draft()).await?;
            answers.push(answer.map_err(CommitError::Conflict));
        }
        transaction.commit().await?;
        Ok(answers)
    }

    fn blame_of(&self, error: &LedgerError) -> Blame {
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
}

/// Looks first, then writes: within `BEGIN IMMEDIATE` nobody comes between.
async fn commit_one(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Result<Receipt, Conflict>, LedgerError> {
    let earlier: Option<OperationRow> = sqlx::query_as(statements::FIND_OPERATION)
        .bind(draft.operation.id.as_bytes().as_slice())
        .fetch_optional(&mut *connection)
        .await
        .map_err(LedgerError::Database)?;
    if let Some(row) = earlier {
        return Ok(Ok(OperationRecord::try_from(row)?.into()));
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
        let owner: Option<OperationRow> = sqlx::query_as(statements::FIND_CLAIM_OWNER)
            .bind(claim.as_str())
            .fetch_optional(&mut *connection)
            .await
            .map_err(LedgerError::Database)?;
        if let Some(row) = owner {
            return Ok(Some(Conflict::Claimed(Box::new(row.try_into()?))));
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
    type Check = fn(&Party, i64, i64) -> Option<Conflict>;
    let checks = [(&draft.debits, debit_conflict as Check), (&draft.credits, credit_conflict)];
    for (movements, conflict_of) in checks {
        for (party, amount) in totals(movements) {
            let balance: Option<i64> = sqlx::query_scalar(statements::BALANCE)
                .bind(party.account_id())
                .fetch_optional(&mut *connection)
                .await?;
            let conflict = match (balance, party) {
                (Some(balance), _) => conflict_of(party, balance, amount),
                (None, Party::Account(account_id)) => Some(Conflict::UnknownAccount(account_id.clone())),
                // The schema makes the mint's own accounts; without them nothing can be written.
                (None, Party::Treasury | Party::Expired) => return Err(sqlx::Error::RowNotFound),
            };
            if conflict.is_some() {
                return Ok(conflict);
            }
        }
    }
    Ok(None)
}

pub(super) async fn write(connection: &mut SqliteConnection, draft: &Draft) -> Result<(), sqlx::Error> {
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
    sqlx::query(statements::INSERT_AUDIT_ROW)
        .bind(operation_id)
        .bind(draft.operation.kind.as_str())
        .bind(digest_of(draft).as_slice())
        .execute(connection)
        .await?;
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

async fn write_entries(connection: &mut SqliteConnection, draft: &Draft) -> Result<(), sqlx::Error> {
    let operation_id = draft.operation.id.as_bytes().as_slice();
    for (party, change) in account_changes(draft) {
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
    for (key_id, change) in key_changes(draft) {
        sqlx::query(statements::INSERT_KEY_ENTRY)
            .bind(operation_id)
            .bind(key_id.as_bytes().as_slice())
            .bind(change)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
