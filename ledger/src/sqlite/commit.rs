//! Commits postings one after the other in one transaction. Each is checked before it is written, so a
//! conflict leaves nothing to undo and the transaction continues with the next posting.

use super::records::write_records;
use super::{SqliteLedger, statements};
use crate::audit_log::digest_of;
use crate::changes::{
    account_changes, check_count, check_sum, credit_conflict, debit_conflict, key_changes, totals,
};
use crate::columns::seconds;
use crate::error::During as _;
use crate::keysets::KeysetStateRow;
use crate::retries::{BatchWriter, Fault, Results};
use crate::rows::OperationRow;
use crate::{CommitError, CommittedPosting, Conflict, Draft, LedgerError, OperationRecord, Party, Posting};
use sqlx::SqliteConnection;

impl BatchWriter for SqliteLedger {
    async fn commit_batch(&self, postings: &[Posting]) -> Result<Results, LedgerError> {
        let mut transaction = self.begin().await?;
        let mut results = Vec::with_capacity(postings.len());
        for posting in postings {
            let result = commit_one(&mut transaction, posting.draft()).await?;
            results.push(result.map_err(CommitError::Conflict));
        }
        transaction.commit().await?;
        Ok(results)
    }

    fn fault_of(&self, error: &LedgerError) -> Fault {
        match error {
            LedgerError::Database { source: sqlx::Error::Database(error), .. }
                if error.is_unique_violation()
                    || error.is_foreign_key_violation()
                    || error.is_check_violation() =>
            {
                Fault::Posting
            }
            error if error.is_internal() => Fault::Posting,
            _ => Fault::Database,
        }
    }
}

/// Checks a posting, then writes it. The checks stay valid, because no other connection writes after `BEGIN
/// IMMEDIATE`.
async fn commit_one(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Result<CommittedPosting, Conflict>, LedgerError> {
    // An existing operation is an earlier attempt of this posting: return its result.
    let earlier: Option<OperationRow> = sqlx::query_as(statements::FIND_OPERATION.sql)
        .bind(draft.operation.id.as_bytes().as_slice())
        .fetch_optional(&mut *connection)
        .await
        .during(statements::FIND_OPERATION)?;
    if let Some(row) = earlier {
        return Ok(Ok(OperationRecord::try_from(row)?.into()));
    }
    if let Some(conflict) = find_conflict(connection, draft).await? {
        return Ok(Err(conflict));
    }
    write(connection, draft).await?;
    Ok(Ok(CommittedPosting { operation_id: draft.operation.id, outcome: draft.outcome.clone() }))
}

/// Returns the posting's first conflict. Checks claims first, because a retry of a committed request must
/// find its earlier operation instead of its spent tokens.
async fn find_conflict(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Option<Conflict>, LedgerError> {
    for (claim, _) in &draft.claims {
        let owner: Option<OperationRow> = sqlx::query_as(statements::FIND_CLAIM_OWNER.sql)
            .bind(claim.as_str())
            .fetch_optional(&mut *connection)
            .await
            .during(statements::FIND_CLAIM_OWNER)?;
        if let Some(row) = owner {
            return Ok(Some(Conflict::Claimed { claim: claim.clone(), owner: Box::new(row.try_into()?) }));
        }
    }
    if let Some(conflict) = find_keyset_conflict(connection, draft).await? {
        return Ok(Some(conflict));
    }
    if let Some(conflict) = find_exhausted_key(connection, draft).await? {
        return Ok(Some(conflict));
    }
    let conflict = find_taken_tokens(connection, draft).await?;
    match conflict {
        Some(conflict) => Ok(Some(conflict)),
        None => find_balance_conflict(connection, draft).await,
    }
}

async fn find_keyset_conflict(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Option<Conflict>, LedgerError> {
    for keyset_id in draft.keysets() {
        let row: KeysetStateRow = sqlx::query_as(statements::KEYSET_STATE.sql)
            .bind(keyset_id.as_str())
            .fetch_one(&mut *connection)
            .await
            .during(statements::KEYSET_STATE)?;
        if let Some(conflict) = draft.conflict_with(keyset_id, row.state()?) {
            return Ok(Some(conflict));
        }
    }
    Ok(None)
}

/// Returns the conflict of a posting that spends more of a revoked key than is still in circulation. Someone
/// who has stolen the private key can construct an opening for every output that it ever signed, even if that
/// token is already spent.
async fn find_exhausted_key(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Option<Conflict>, LedgerError> {
    for (key_id, (keyset_id, value)) in draft.opened_values()? {
        let left: Option<i64> = sqlx::query_scalar(statements::RECOVERABLE.sql)
            .bind(key_id.as_bytes().as_slice())
            .fetch_optional(&mut *connection)
            .await
            .during(statements::RECOVERABLE)?;
        if left.is_none_or(|left| left < value) {
            return Ok(Some(Conflict::KeysetRevoked(keyset_id)));
        }
    }
    Ok(None)
}

async fn find_taken_tokens(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Option<Conflict>, LedgerError> {
    let mut spent = Vec::new();
    for (index, spend) in draft.spends.iter().enumerate() {
        let row = sqlx::query(statements::IS_SPENT.sql)
            .bind(spend.keyset_id.as_str())
            .bind(spend.spent_id.as_bytes().as_slice())
            .fetch_optional(&mut *connection)
            .await
            .during(statements::IS_SPENT)?;
        if row.is_some() {
            spent.push(index);
        }
    }
    if !spent.is_empty() {
        return Ok(Some(Conflict::Spent(spent)));
    }
    let mut issued = Vec::new();
    for (index, issue) in draft.issues.iter().enumerate() {
        let row = sqlx::query(statements::IS_ISSUED.sql)
            .bind(issue.keyset_id.as_str())
            .bind(issue.key_id.as_bytes().as_slice())
            .bind(issue.blinded_hash.as_bytes().as_slice())
            .fetch_optional(&mut *connection)
            .await
            .during(statements::IS_ISSUED)?;
        if row.is_some() {
            issued.push(index);
        }
    }
    Ok((!issued.is_empty()).then_some(Conflict::Issued(issued)))
}

async fn find_balance_conflict(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<Option<Conflict>, LedgerError> {
    type Check = fn(&Party, i64, i64) -> Option<Conflict>;
    let checks = [(&draft.debits, debit_conflict as Check), (&draft.credits, credit_conflict)];
    for (movements, conflict_of) in checks {
        for (party, amount) in totals(movements)? {
            let balance: Option<i64> = sqlx::query_scalar(statements::BALANCE.sql)
                .bind(party.account_id())
                .fetch_optional(&mut *connection)
                .await
                .during(statements::BALANCE)?;
            let conflict = match (balance, party) {
                (Some(balance), _) => conflict_of(party, balance, amount),
                (None, Party::Account(account_id)) => Some(Conflict::UnknownAccount(account_id.clone())),
                // The migrations create the mint's own accounts.
                (None, Party::Treasury | Party::Expired | Party::Refunds | Party::Payouts) => {
                    return Err(LedgerError::Corrupt("the mint's own accounts"));
                }
            };
            if conflict.is_some() {
                return Ok(conflict);
            }
        }
    }
    Ok(None)
}

/// Writes all rows of a checked posting.
pub(super) async fn write(connection: &mut SqliteConnection, draft: &Draft) -> Result<(), LedgerError> {
    let operation_id = draft.operation.id.as_bytes().as_slice();
    sqlx::query(statements::INSERT_OPERATION.sql)
        .bind(operation_id)
        .bind(draft.operation.kind.as_str())
        .bind(draft.operation.request_digest.as_ref().map(<[u8; 32]>::as_slice))
        .bind(draft.outcome.to_string())
        .bind(seconds(draft.operation.at))
        .execute(&mut *connection)
        .await
        .during(statements::INSERT_OPERATION)?;
    for (claim, keyset_id) in &draft.claims {
        sqlx::query(statements::INSERT_CLAIM.sql)
            .bind(claim.as_str())
            .bind(operation_id)
            .bind(keyset_id.as_ref().map(|keyset_id| keyset_id.as_str()))
            .execute(&mut *connection)
            .await
            .during(statements::INSERT_CLAIM)?;
    }
    write_tokens(connection, draft).await?;
    write_entries(connection, draft).await?;
    write_records(connection, draft).await?;
    for event in &draft.events {
        sqlx::query(statements::INSERT_EVENT.sql)
            .bind(operation_id)
            .bind(event.merchant_id.as_str())
            .bind(event.kind)
            .bind(event.payload.to_string())
            .execute(&mut *connection)
            .await
            .during(statements::INSERT_EVENT)?;
    }
    sqlx::query(statements::INSERT_AUDIT_ROW.sql)
        .bind(operation_id)
        .bind(draft.operation.kind.as_str())
        .bind(digest_of(draft)?.as_slice())
        .execute(connection)
        .await
        .during(statements::INSERT_AUDIT_ROW)?;
    Ok(())
}

async fn write_tokens(connection: &mut SqliteConnection, draft: &Draft) -> Result<(), LedgerError> {
    let operation_id = draft.operation.id.as_bytes().as_slice();
    for spend in &draft.spends {
        sqlx::query(statements::INSERT_SPENT.sql)
            .bind(spend.keyset_id.as_str())
            .bind(spend.spent_id.as_bytes().as_slice())
            .bind(spend.key_id.as_bytes().as_slice())
            .bind(operation_id)
            .execute(&mut *connection)
            .await
            .during(statements::INSERT_SPENT)?;
    }
    for (key_id, (_, value)) in draft.opened_values()? {
        let taken = sqlx::query(statements::TAKE_RECOVERABLE.sql)
            .bind(value)
            .bind(key_id.as_bytes().as_slice())
            .execute(&mut *connection)
            .await
            .during(statements::TAKE_RECOVERABLE)?;
        check_count("recoverable", taken.rows_affected(), 1)?;
    }
    for issue in &draft.issues {
        sqlx::query(statements::INSERT_ISSUED.sql)
            .bind(issue.keyset_id.as_str())
            .bind(issue.key_id.as_bytes().as_slice())
            .bind(issue.blinded_hash.as_bytes().as_slice())
            .bind(issue.blind_signature.as_slice())
            .bind(operation_id)
            .execute(&mut *connection)
            .await
            .during(statements::INSERT_ISSUED)?;
    }
    Ok(())
}

async fn write_entries(connection: &mut SqliteConnection, draft: &Draft) -> Result<(), LedgerError> {
    let operation_id = draft.operation.id.as_bytes().as_slice();
    let (accounts, keys) = (account_changes(draft)?, key_changes(draft)?);
    check_sum(accounts.iter().map(|(_, change)| *change).chain(keys.iter().map(|(_, change)| *change)))?;
    for (party, change) in accounts {
        let changed = sqlx::query(statements::CHANGE_BALANCE.sql)
            .bind(change)
            .bind(party.account_id())
            .execute(&mut *connection)
            .await
            .during(statements::CHANGE_BALANCE)?;
        check_count("accounts", changed.rows_affected(), 1)?;
        sqlx::query(statements::INSERT_ACCOUNT_ENTRY.sql)
            .bind(operation_id)
            .bind(party.account_id())
            .bind(change)
            .execute(&mut *connection)
            .await
            .during(statements::INSERT_ACCOUNT_ENTRY)?;
    }
    for (key_id, change) in keys {
        sqlx::query(statements::INSERT_KEY_ENTRY.sql)
            .bind(operation_id)
            .bind(key_id.as_bytes().as_slice())
            .bind(change)
            .execute(&mut *connection)
            .await
            .during(statements::INSERT_KEY_ENTRY)?;
    }
    Ok(())
}
