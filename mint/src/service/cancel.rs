//! Cancel: takes an operation's claim, so that it can never happen any more, or tells that it has.

use super::flow::{Committed, refusal_of};
use super::in_flight::Held;
use super::{Mint, Outcome, ServiceError};
use crate::ledger::{Claim, CommitError, Conflict, Draft, Name, Operation, OperationKind, OperationRecord};
use ecash_core::AccountId;
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::wire::{CancelResponse, CancelState, RedeemResponse, SwapResponse, WithdrawResponse};

impl Mint {
    /// Cancels the operation of `key` on `route` by `principal`, unless it has happened.
    ///
    /// # Errors
    /// [`ServiceError`]; then nothing is known, ask again.
    pub async fn cancel(
        &self,
        route: Route,
        principal: Option<&AccountId>,
        key: &IdempotencyKey,
    ) -> Result<CancelResponse, ServiceError> {
        let claim = Claim::idempotency(key, route, principal);
        // Waits for the original if it is being worked on.
        let _hold = self.in_flight.hold(vec![Held::Name(Name::Claim(claim.clone()))]).await?;
        if let Some(owner) = self.parts.ledger.claim_owner(&claim).await? {
            return self.state_of(owner).await;
        }
        let operation = Operation {
            id: self.operation_id()?,
            kind: OperationKind::Cancel,
            request_digest: None,
            at: self.now(),
        };
        let outcome = Outcome::of(&operation)?.to_json()?;
        let mut draft = Draft::new(operation, outcome);
        let youngest = self.keyring().keysets().last().map(|stored| stored.keyset.keyset_id.clone());
        draft.claims.push((claim, youngest));
        let posting = draft.balanced().map_err(ServiceError::unavailable)?;
        match self.parts.committer.commit(posting).await {
            Ok(_) => Ok(CancelResponse { state: CancelState::Cancelled, response: None }),
            Err(CommitError::Conflict(Conflict::Claimed(owner))) => self.state_of(*owner).await,
            Err(CommitError::Conflict(conflict)) => Err(refusal_of(conflict)),
            Err(CommitError::Unavailable(error)) => Err(error.into()),
        }
    }

    /// A repeated cancel gets the same answer; a committed original its own.
    async fn state_of(&self, owner: OperationRecord) -> Result<CancelResponse, ServiceError> {
        let kind = owner.kind;
        if kind == OperationKind::Cancel {
            return Ok(CancelResponse { state: CancelState::Cancelled, response: None });
        }
        let Committed { outcome, blind_signatures } = Committed::stored(self, owner).await?;
        let transaction_id = outcome.transaction_id;
        let response = match kind {
            OperationKind::Withdraw => serde_json::to_value(WithdrawResponse {
                transaction_id,
                blind_signatures,
                expires_at: outcome.expires_at.unwrap_or(outcome.timestamp),
            }),
            OperationKind::Swap => serde_json::to_value(SwapResponse { transaction_id, blind_signatures }),
            _ => serde_json::to_value(RedeemResponse {
                transaction_id,
                redeemed_amount: outcome.redeemed_amount.unwrap_or_default(),
                timestamp: outcome.timestamp,
            }),
        };
        let response = response.map_err(ServiceError::unavailable)?;
        Ok(CancelResponse { state: CancelState::Committed, response: Some(response) })
    }
}
