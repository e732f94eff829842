//! The way of every operation, as types: `Received → Held → Verified → Signed → Committed`.

use super::in_flight::{Held as HeldName, Hold};
use super::outputs::{CheckedOutput, sign_outputs};
use super::{Mint, ServiceError};
use crate::keys::VerifiedToken;
use crate::ledger::{
    Claim, CommitError, Conflict, Draft, Event, Issue, Movement, Name, Operation, OperationKind,
    OperationRecord, OutputRef, Spend,
};
use ecash_core::base64url::Base64Url;
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::keys::KeyId;
use ecash_core::wire::ErrorCode;
use ecash_core::{AccountId, Amount, KeysetId, Timestamp, TransactionId};
use serde::{Deserialize, Serialize};

/// What is kept of an answer for its repeats: ids and times. Signatures are read from `issued`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The operation.
    pub transaction_id: TransactionId,
    /// When, to the minute.
    pub timestamp: Timestamp,
    /// Outputs in request order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<OutcomeOutput>,
    /// When the outputs stop being redeemable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What the tokens were worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeemed_amount: Option<Amount>,
}

impl Outcome {
    /// The outcome of an operation that has no outputs.
    pub(super) fn of(operation: &Operation) -> Result<Self, ServiceError> {
        Ok(Self {
            transaction_id: operation.id.transaction_id().map_err(ServiceError::unavailable)?,
            timestamp: operation.at.rounded_to_minute(),
            outputs: Vec::new(),
            expires_at: None,
            redeemed_amount: None,
        })
    }

    /// As it is stored.
    pub(super) fn to_json(&self) -> Result<serde_json::Value, ServiceError> {
        serde_json::to_value(self).map_err(ServiceError::unavailable)
    }
}

/// An output of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeOutput {
    /// The keyset.
    pub keyset_id: KeysetId,
    /// The key.
    pub key_id: KeyId,
    /// SHA-256 of the blinded token.
    pub blinded_hash: Base64Url,
}

/// A request as it came, its credentials checked.
#[derive(Clone)]
pub struct Received {
    pub(super) kind: OperationKind,
    pub(super) digest: [u8; 32],
    pub(super) claim: Option<Claim>,
}

impl Received {
    /// A request on `route` by `principal` with an optional idempotency key.
    #[must_use]
    pub fn new(
        route: Route,
        principal: Option<&AccountId>,
        key: Option<&IdempotencyKey>,
        digest: [u8; 32],
    ) -> Self {
        let kind = match route {
            Route::Withdraw => OperationKind::Withdraw,
            Route::Swap => OperationKind::Swap,
            Route::Redeem => OperationKind::Redeem,
        };
        Self { kind, digest, claim: key.map(|key| Claim::idempotency(key, route, principal)) }
    }

    /// Holds everything the request is about, then looks whether it was answered before: a repeat
    /// is answered before any check that depends on time or state.
    pub(super) async fn start(&self, mint: &Mint, mut names: Vec<HeldName>) -> Result<Start, ServiceError> {
        names.extend(self.claim.clone().map(|claim| HeldName::Name(Name::Claim(claim))));
        let hold = mint.in_flight.hold(names).await?;
        let owner = match &self.claim {
            Some(claim) => mint.parts.ledger.claim_owner(claim).await?,
            None => None,
        };
        match owner {
            Some(owner) => self.repeat_of(owner).map(Start::Repeat),
            None => Ok(Start::Fresh(HeldRequest { received: self.clone(), hold })),
        }
    }

    /// A replica may have committed the same request after this one looked: its tokens then seem
    /// spent and its outputs signed by somebody else. Such a refusal is none; the stored outcome
    /// is the answer.
    pub(super) async fn unless_repeated(
        &self,
        mint: &Mint,
        result: Result<Committed, ServiceError>,
    ) -> Result<Committed, ServiceError> {
        let (Err(ServiceError::Refused(_)), Some(claim)) = (&result, &self.claim) else { return result };
        match mint.parts.ledger.claim_owner(claim).await? {
            Some(owner) => Committed::stored(mint, self.repeat_of(owner)?).await,
            None => result,
        }
    }

    /// Who owns the claim is looked at before digests.
    fn repeat_of(&self, owner: OperationRecord) -> Result<OperationRecord, ServiceError> {
        if owner.kind == OperationKind::Cancel {
            return Err(ServiceError::refused(ErrorCode::Cancelled));
        }
        if owner.request_digest != Some(self.digest) {
            return Err(ServiceError::refused(ErrorCode::IdempotencyKeyReused));
        }
        Ok(owner)
    }
}

/// Either new, or answered before.
pub(super) enum Start {
    Fresh(HeldRequest),
    Repeat(OperationRecord),
}

/// A request nobody else works on.
pub(super) struct HeldRequest {
    received: Received,
    hold: Hold,
}

/// What a request moves; every part of it was checked by whoever made it.
#[derive(Default)]
pub(super) struct Value {
    pub(super) spends: Vec<VerifiedToken>,
    pub(super) outputs: Vec<CheckedOutput>,
    pub(super) debits: Vec<Movement>,
    pub(super) credits: Vec<Movement>,
    pub(super) events: Vec<Event>,
    /// Whose end deletes the claim.
    pub(super) claim_keyset: Option<KeysetId>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) redeemed_amount: Option<Amount>,
}

impl HeldRequest {
    pub(super) fn verified(self, value: Value) -> Verified {
        Verified { request: self, value }
    }
}

/// A request whose every token and output was checked.
pub(super) struct Verified {
    request: HeldRequest,
    value: Value,
}

impl Verified {
    /// Signs the outputs. Deterministic and without side effect: a crash here costs nothing.
    pub(super) async fn sign(self, mint: &Mint) -> Result<Signed, ServiceError> {
        let Self { request, value } = self;
        let operation = Operation {
            id: mint.operation_id()?,
            kind: request.received.kind,
            request_digest: Some(request.received.digest),
            at: mint.now(),
        };
        let signatures = sign_outputs(mint, &value.outputs).await?;
        let outcome = Outcome {
            outputs: value.outputs.iter().map(CheckedOutput::outcome).collect(),
            expires_at: value.expires_at,
            redeemed_amount: value.redeemed_amount,
            ..Outcome::of(&operation)?
        };
        let mut draft = Draft::new(operation, outcome.to_json()?);
        draft.claims =
            request.received.claim.iter().map(|claim| (claim.clone(), value.claim_keyset.clone())).collect();
        draft.spends = value.spends.iter().map(spend).collect();
        draft.issues = value
            .outputs
            .iter()
            .zip(&signatures)
            .map(|(output, signature)| Issue {
                keyset_id: output.keyset_id().clone(),
                key_id: output.key().key_id,
                blinded_hash: output.blinded_hash(),
                blind_signature: signature.as_bytes().to_vec(),
                denomination: output.key().denomination,
            })
            .collect();
        draft.debits = value.debits;
        draft.credits = value.credits;
        draft.events = value.events;
        Ok(Signed { request, draft })
    }
}

fn spend(token: &VerifiedToken) -> Spend {
    Spend {
        keyset_id: token.keyset_id().clone(),
        key_id: token.key_id(),
        spent_id: token.spent_id(),
        denomination: token.denomination(),
    }
}

/// A request that is signed and not yet durable.
pub(super) struct Signed {
    request: HeldRequest,
    draft: Draft,
}

impl Signed {
    /// Commits everything together. The in-flight names are held until the result is known.
    pub(super) async fn commit(self, mint: &Mint) -> Result<Committed, ServiceError> {
        let Self { request, draft } = self;
        let spent: Vec<_> = draft.spends.iter().map(|spend| spend.spent_id).collect();
        let signatures = draft.issues.iter().map(|issue| issue.blind_signature.clone()).collect();
        let credited = draft.credited();
        let posting = draft.balanced().map_err(ServiceError::unavailable)?;
        let result = mint.parts.committer.commit(posting).await;
        match &result {
            Ok(_) => {
                mint.parts.spent_index.remember(&spent).await;
                mint.tell_credited(&credited);
            }
            // The index had forgotten these: without them the next attempt would buy signatures again.
            Err(CommitError::Conflict(Conflict::Spent(indices))) => {
                let known: Vec<_> = indices.iter().filter_map(|index| spent.get(*index).copied()).collect();
                mint.parts.spent_index.remember(&known).await;
            }
            Err(_) => {}
        }
        let committed = match result {
            Ok(receipt) => Committed::fresh(receipt.outcome, signatures),
            // A replica answered the same request first.
            Err(CommitError::Conflict(Conflict::Claimed(owner))) => {
                Committed::stored(mint, request.received.repeat_of(*owner)?).await
            }
            Err(CommitError::Conflict(conflict)) => Err(refusal_of(conflict)),
            Err(CommitError::Unavailable(error)) => Err(error.into()),
        };
        drop(request.hold);
        committed
    }
}

/// What a conflict means to the client.
pub(super) fn refusal_of(conflict: Conflict) -> ServiceError {
    let at = |code, indices: Vec<usize>| match indices.first() {
        Some(index) => ServiceError::refused_at(code, *index),
        None => ServiceError::refused(code),
    };
    match conflict {
        Conflict::Spent(indices) => at(ErrorCode::TokenAlreadySpent, indices),
        Conflict::Issued(indices) => at(ErrorCode::BlindedTokenAlreadySigned, indices),
        Conflict::InsufficientBalance(_) => ServiceError::refused(ErrorCode::InsufficientBalance),
        Conflict::BalanceTooLarge(_) => ServiceError::refused(ErrorCode::BalanceTooLarge),
        Conflict::UnknownAccount(_) => ServiceError::refused(ErrorCode::UnknownAccount),
        Conflict::KeysetEnded(_) => ServiceError::refused(ErrorCode::TokenExpired),
        Conflict::Claimed(_) => ServiceError::refused(ErrorCode::IdempotencyKeyReused),
    }
}

/// A durable operation: the only thing a response is made of.
pub(super) struct Committed {
    pub(super) outcome: Outcome,
    pub(super) blind_signatures: Vec<Base64Url>,
}

impl Committed {
    fn fresh(outcome: serde_json::Value, signatures: Vec<Vec<u8>>) -> Result<Self, ServiceError> {
        let outcome = serde_json::from_value(outcome).map_err(ServiceError::unavailable)?;
        Ok(Self { outcome, blind_signatures: signatures.into_iter().map(Base64Url).collect() })
    }

    /// From the ledger, for a repeat.
    pub(super) async fn stored(mint: &Mint, record: OperationRecord) -> Result<Self, ServiceError> {
        let outcome: Outcome = serde_json::from_value(record.outcome).map_err(ServiceError::unavailable)?;
        let outputs: Option<Vec<OutputRef>> = outcome.outputs.iter().map(OutcomeOutput::reference).collect();
        let outputs = outputs.ok_or_else(|| ServiceError::unavailable(Missing))?;
        let signatures: Option<Vec<_>> = mint.parts.ledger.issued(&outputs).await?.into_iter().collect();
        let signatures = signatures.ok_or_else(|| ServiceError::unavailable(Missing))?;
        Ok(Self { outcome, blind_signatures: signatures.into_iter().map(Base64Url).collect() })
    }
}

/// A committed operation names an output that the ledger does not have.
#[derive(Debug, thiserror::Error)]
#[error("a committed operation's signature is missing from the ledger")]
struct Missing;

impl OutcomeOutput {
    fn reference(&self) -> Option<OutputRef> {
        Some(OutputRef {
            keyset_id: self.keyset_id.clone(),
            key_id: self.key_id,
            blinded_hash: crate::ledger::BlindedHash::from_slice(self.blinded_hash.as_bytes())?,
        })
    }
}
