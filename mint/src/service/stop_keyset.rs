//! Stops and revokes keysets, for the operator.

use super::outcome::Outcome;
use super::{Mint, ServiceError};
use ecash_core::KeysetId;
use ecash_core::keys::KeysetStatus;
use ecash_core::wire::ErrorCode;
use ecash_ledger::{
    Claim, CommitError, Conflict, Draft, KeysetStop, Operation, OperationKind, Record, StoredKeyset,
};

/// The result of a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The keyset has lost the power.
    Now,
    /// Nothing was changed: it had lost it before.
    Before,
}

impl Mint {
    /// Stops or revokes a keyset, as part of the sealed audit log. The ledger refuses its postings at once; running mints
    /// learn of it at their next rotation, within a minute. Cannot be undone.
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
        if has_lost(stored, status) {
            return Ok(Stopped::Before);
        }
        let operation = Operation {
            id: self.operation_id()?,
            kind: OperationKind::KeysetStop,
            request_digest: None,
            at: self.now(),
        };
        let mut outcome = Outcome::Other.to_json(&operation)?;
        // The audit log seals the outcome, so it names what was done.
        if let Some(fields) = outcome.as_object_mut() {
            fields.insert("keyset_id".to_owned(), keyset_id.as_str().into());
            fields.insert("status".to_owned(), status.as_str().into());
        }
        let mut draft = Draft::new(operation, outcome);
        draft.claims.push((Claim::keyset_stop(keyset_id, status), None));
        draft.records.push(Record::KeysetStop(KeysetStop { keyset_id: keyset_id.clone(), status }));
        match self.commit(draft).await {
            Ok(_) => Ok(Stopped::Now),
            Err(CommitError::Conflict(Conflict::Claimed { .. })) => Ok(Stopped::Before),
            Err(error) => Err(error.into()),
        }
    }
}

fn has_lost(stored: &StoredKeyset, status: KeysetStatus) -> bool {
    stored.keyset.status >= status
}
