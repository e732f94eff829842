//! Stops and revokes keysets, for the operator.

use super::outcome::Outcome;
use super::{Mint, ServiceError};
use ecash_core::KeysetId;
use ecash_core::keys::KeysetStatus;
use ecash_core::wire::ErrorCode;
use ecash_ledger::{Claim, CommitError, Conflict, KeysetStop, OperationKind, Record};

/// The result of a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The keyset has this status from now on.
    Now,
    /// Nothing was changed: it had this status, or a higher one, before.
    Before,
}

impl Mint {
    /// Stops or revokes a keyset, as an operation of the audit log. The ledger rejects its postings at once;
    /// running mints load the new status at their next rotation, within a minute. Cannot be undone.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownKey`] for an unknown keyset; otherwise the ledger's failure.
    pub async fn stop_keyset(
        &self,
        keyset_id: &KeysetId,
        status: KeysetStatus,
    ) -> Result<Stopped, ServiceError> {
        let keyring = self.keyring();
        let stored = keyring.keyset(keyset_id).ok_or(ServiceError::refused(ErrorCode::UnknownKey))?;
        if stored.keyset.status >= status {
            return Ok(Stopped::Before);
        }
        let mut draft = self.draft_of(OperationKind::KeysetStop, &Outcome::NOTHING)?;
        draft.claims.push((Claim::keyset_stop(keyset_id, status), None));
        draft.records.push(Record::KeysetStop(KeysetStop { keyset_id: keyset_id.clone(), status }));
        match self.commit(draft).await {
            Ok(_) => Ok(Stopped::Now),
            Err(CommitError::Conflict(Conflict::Claimed { .. })) => Ok(Stopped::Before),
            Err(error) => Err(error.into()),
        }
    }
}
