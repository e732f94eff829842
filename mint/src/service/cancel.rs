//! Cancel: takes an operation's claim, so that it can never commit, or returns its response if it has
//! committed.

use super::committed::Committed;
use super::in_flight::Resource;
use super::outcome::Outcome;
use super::{Mint, ServiceError};
use ecash_core::AccountId;
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::wire::{CancelResponse, CancelState};
use ecash_ledger::{Claim, CommitError, Conflict, OperationKind, OperationRecord, UniqueKey};

impl Mint {
    /// Cancels the operation of `key` on `route` by `principal`, unless it has committed. Idempotent.
    ///
    /// # Errors
    /// [`ServiceError`]. Then the state of the operation is unknown, and the client must retry.
    pub async fn cancel(
        &self,
        route: Route,
        principal: Option<&AccountId>,
        key: &IdempotencyKey,
    ) -> Result<CancelResponse, ServiceError> {
        let claim = Claim::idempotency(key, route, principal);
        // Waits for the original request if this process is working on it.
        let _guard = self.in_flight.hold(vec![Resource::Unique(UniqueKey::Claim(claim.clone()))]).await?;
        if let Some(owner) = self.deps.ledger.postings.claim_owner(&claim).await? {
            return self.state_of(owner).await;
        }
        let mut draft = self.draft_of(OperationKind::Cancel, &Outcome::NOTHING)?;
        let youngest = self.keyring().keysets().last().map(|stored| stored.keyset.keyset_id.clone());
        draft.claims.push((claim, youngest));
        match self.commit(draft).await {
            Ok(_) => Ok(CancelResponse { state: CancelState::Cancelled, response: None }),
            Err(CommitError::Conflict(Conflict::Claimed { owner, .. })) => self.state_of(*owner).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the state of the claim's owner: cancelled if a cancel took it before, otherwise the committed
    /// response.
    async fn state_of(&self, owner: OperationRecord) -> Result<CancelResponse, ServiceError> {
        if owner.kind == OperationKind::Cancel {
            return Ok(CancelResponse { state: CancelState::Cancelled, response: None });
        }
        let response = Committed::stored(self, owner).await?.response()?;
        let response = serde_json::to_value(response).map_err(ServiceError::internal)?;
        Ok(CancelResponse { state: CancelState::Committed, response: Some(response) })
    }
}
