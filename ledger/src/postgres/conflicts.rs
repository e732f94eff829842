//! Finds the operation that owns each taken row, by a fresh read after the rollback. Only a row that
//! *another* operation committed is a conflict.

use super::batch::Batch;
use super::{PostgresLedger, statements};
use crate::error::During as _;
use crate::rows::OperationRow;
use crate::{Conflict, LedgerError, OperationRecord, Posting};
use sqlx::FromRow;
use std::collections::HashMap;

#[derive(FromRow)]
struct ClaimOwnerRow {
    claim: String,
    #[sqlx(flatten)]
    operation: OperationRow,
}

/// The owners of the rows that a batch tries to insert. Free rows are absent.
struct Owners {
    /// Owner by claim.
    claims: HashMap<String, OperationRecord>,
    /// Operation id by spent id.
    spent: HashMap<Vec<u8>, Vec<u8>>,
    /// Operation id by key id and blinded hash.
    issued: HashMap<(Vec<u8>, Vec<u8>), Vec<u8>>,
}

impl PostgresLedger {
    /// Returns the conflict of each posting of the batch, in order.
    pub(super) async fn find_conflicts(
        &self,
        batch: &Batch<'_>,
    ) -> Result<Vec<Option<Conflict>>, LedgerError> {
        let owners = self.find_owners(batch).await?;
        Ok(batch.postings.iter().map(|posting| owners.conflict_of(posting)).collect())
    }

    async fn find_owners(&self, batch: &Batch<'_>) -> Result<Owners, LedgerError> {
        let claims: Vec<ClaimOwnerRow> = sqlx::query_as(statements::CLAIM_OWNERS.sql)
            .bind(batch.claims().0)
            .fetch_all(&self.committer)
            .await
            .during(statements::CLAIM_OWNERS)?;
        let claims = claims.into_iter().map(|row| Ok((row.claim, row.operation.try_into()?)));
        let spends = batch.spends();
        let spent: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(statements::SPENT_OWNERS.sql)
            .bind(spends.keysets)
            .bind(spends.spent_ids)
            .fetch_all(&self.committer)
            .await
            .during(statements::SPENT_OWNERS)?;
        let issues = batch.issues();
        let issued: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)> = sqlx::query_as(statements::ISSUED_OWNERS.sql)
            .bind(issues.keysets)
            .bind(issues.keys)
            .bind(issues.hashes)
            .fetch_all(&self.committer)
            .await
            .during(statements::ISSUED_OWNERS)?;
        Ok(Owners {
            claims: claims.collect::<Result<_, LedgerError>>()?,
            spent: spent.into_iter().collect(),
            issued: issued.into_iter().map(|(key, hash, owner)| ((key, hash), owner)).collect(),
        })
    }
}

impl Owners {
    /// Returns the conflict of a posting. Checks claims first, because a retry of a committed request must
    /// find its earlier operation instead of its spent tokens.
    fn conflict_of(&self, posting: &Posting) -> Option<Conflict> {
        let draft = posting.draft();
        let own = draft.operation.id;
        let mut claimed =
            draft.claims.iter().filter_map(|(claim, _)| Some((claim, self.claims.get(claim.as_str())?)));
        if let Some((claim, owner)) = claimed.find(|(_, owner)| owner.operation_id != own) {
            return Some(Conflict::Claimed { claim: claim.clone(), owner: Box::new(owner.clone()) });
        }
        let foreign = |owner: &Vec<u8>| owner.as_slice() != own.as_bytes().as_slice();
        let spent = draft.spends.iter().map(|spend| self.spent.get(spend.spent_id.as_bytes().as_slice()));
        let spent = indices(spent.map(|owner| owner.is_some_and(foreign)));
        if !spent.is_empty() {
            return Some(Conflict::Spent(spent));
        }
        let issued = draft.issues.iter().map(|issue| {
            self.issued.get(&(issue.key_id.as_bytes().to_vec(), issue.blinded_hash.as_bytes().to_vec()))
        });
        let issued = indices(issued.map(|owner| owner.is_some_and(foreign)));
        (!issued.is_empty()).then_some(Conflict::Issued(issued))
    }
}

fn indices(taken: impl Iterator<Item = bool>) -> Vec<usize> {
    taken.enumerate().filter(|(_, taken)| *taken).map(|(index, _)| index).collect()
}
