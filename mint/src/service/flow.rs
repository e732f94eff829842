//! The steps of a request, as types. Each step consumes the previous one, so it cannot be repeated.
//!
//! 1. Requests that spend or issue tokens take `Received → Exclusive → Verified → Signed → Committed`. Only
//!    [`Verified::sign`] puts tokens and outputs into a draft, so they cannot be committed unchecked or
//!    unsigned.
//! 2. Requests that move no tokens (payments, refunds and payouts) take `Received → Exclusive`. They add
//!    records and movements to [`Exclusive::draft`], and commit it with `Mint::commit`.

use super::committed::Committed;
use super::in_flight::{Resource, ResourceGuard};
use super::outcome::{Outcome, OutcomeError, stored_part};
use super::outputs::{CheckedOutput, sign_outputs};
use super::receipts::UnsignedReceipt;
use super::{Mint, ServiceError};
use crate::keys::VerifiedToken;
use ecash_core::idempotency::{IdempotencyKey, KeyedRoute, Route};
use ecash_core::wire::ErrorCode;
use ecash_core::{AccountId, KeysetId};
use ecash_ledger::{
    Claim, CommitError, Conflict, Draft, Event, Issue, Movement, Operation, OperationKind, OperationRecord,
    Record, Spend, UniqueKey,
};

/// A request whose credentials were checked, before any other check.
#[derive(Clone)]
pub struct Received {
    pub(super) kind: OperationKind,
    pub(super) digest: [u8; 32],
    pub(super) claim: Option<Claim>,
}

impl Received {
    /// Describes a request on `route` by `principal` with an optional idempotency key. `digest` is that of
    /// the canonical body.
    #[must_use]
    pub fn new(
        route: impl Into<KeyedRoute>,
        principal: Option<&AccountId>,
        key: Option<&IdempotencyKey>,
        digest: [u8; 32],
    ) -> Self {
        let route = route.into();
        let kind = match route {
            KeyedRoute::Money(Route::Withdraw) => OperationKind::Withdraw,
            KeyedRoute::Money(Route::Swap) => OperationKind::Swap,
            KeyedRoute::Money(Route::Redeem) => OperationKind::Redeem,
            KeyedRoute::Money(Route::RefundClaim) => OperationKind::RefundClaim,
            KeyedRoute::Payments => OperationKind::Payment,
            KeyedRoute::Refunds => OperationKind::Refund,
            KeyedRoute::Payouts => OperationKind::Payout,
        };
        Self { kind, digest, claim: key.map(|key| Claim::idempotency(key, route, principal)) }
    }

    /// Performs the request once. Waits for exclusive use of `resources`, then returns the operation that
    /// committed the same request before, or performs `fresh`.
    ///
    /// A repeat gets its response before any check that depends on time or state, so it is never refused.
    pub(super) async fn once<T, F>(
        &self,
        mint: &Mint,
        mut resources: Vec<Resource>,
        fresh: impl FnOnce(Exclusive) -> F,
    ) -> Result<Once<T>, ServiceError>
    where
        F: Future<Output = Result<T, ServiceError>>,
    {
        resources.extend(self.claim.clone().map(|claim| Resource::Unique(UniqueKey::Claim(claim))));
        let guard = mint.in_flight.hold(resources).await?;
        if let Some(record) = self.committed(mint).await? {
            return Ok(Once::Repeat(record));
        }
        match fresh(Exclusive { received: self.clone(), guard, claims: None }).await {
            Ok(done) => Ok(Once::Fresh(done)),
            // A replica may have committed the same request after it was looked up. Then the request's own
            // tokens, for example, appear to be spent by another operation.
            Err(refused @ ServiceError::Refused(_)) => {
                self.committed(mint).await?.map(Once::Repeat).ok_or(refused)
            }
            Err(failed) => Err(failed),
        }
    }

    /// Like [`Self::once`], for a request that moves tokens.
    pub(super) async fn commit_once<F>(
        &self,
        mint: &Mint,
        resources: Vec<Resource>,
        fresh: impl FnOnce(Exclusive) -> F,
    ) -> Result<Committed, ServiceError>
    where
        F: Future<Output = Result<Committed, ServiceError>>,
    {
        match self.once(mint, resources, fresh).await? {
            Once::Fresh(committed) => Ok(committed),
            Once::Repeat(record) => Committed::stored(mint, record).await,
        }
    }

    /// Like [`Self::once`], for a request that creates what an id names. `stored` selects the id from the
    /// outcome of an earlier request.
    pub(super) async fn create_once<T, F>(
        &self,
        mint: &Mint,
        resources: Vec<Resource>,
        fresh: impl FnOnce(Exclusive) -> F,
        stored: impl FnOnce(Outcome) -> Option<T>,
    ) -> Result<T, ServiceError>
    where
        F: Future<Output = Result<T, ServiceError>>,
    {
        match self.once(mint, resources, fresh).await? {
            Once::Fresh(id) => Ok(id),
            Once::Repeat(record) => stored_part(record, stored),
        }
    }

    /// Returns the operation that has committed the same request, if there is one.
    async fn committed(&self, mint: &Mint) -> Result<Option<OperationRecord>, ServiceError> {
        let Some(claim) = &self.claim else { return Ok(None) };
        let owner = mint.deps.ledger.postings.claim_owner(claim).await?;
        owner.map(|owner| self.repeat_of(owner)).transpose()
    }

    /// Returns the owner of this request's claim if it is the same request. A cancelled operation is reported
    /// first, because a cancel stores no digest to compare.
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

/// A request that was performed once, now or before.
pub(super) enum Once<T> {
    /// Performed by this request.
    Fresh(T),
    /// The same request was committed as this record.
    Repeat(OperationRecord),
}

/// A new request with exclusive use of its resources.
pub(super) struct Exclusive {
    received: Received,
    guard: ResourceGuard,
    /// Taken by [`Self::hold_claims`], and held until the commit.
    claims: Option<ResourceGuard>,
}

/// Everything that a request writes. The types of tokens and outputs prove that they were checked.
pub(super) struct Effects {
    pub(super) spends: Vec<VerifiedToken>,
    pub(super) outputs: Vec<CheckedOutput>,
    pub(super) debits: Vec<Movement>,
    pub(super) credits: Vec<Movement>,
    pub(super) events: Vec<Event>,
    /// Claims in addition to the request's own; never deleted.
    pub(super) claims: Vec<Claim>,
    pub(super) records: Vec<Record>,
    /// Signed with the operation, and made part of the outcome.
    pub(super) receipt: Option<Box<UnsignedReceipt>>,
    /// The claim may be deleted after this keyset has ended.
    pub(super) claim_keyset: Option<KeysetId>,
    pub(super) outcome: Outcome,
}

impl Effects {
    /// Creates effects that have this outcome and move no value.
    pub(super) const fn new(outcome: Outcome) -> Self {
        Self {
            spends: Vec::new(),
            outputs: Vec::new(),
            debits: Vec::new(),
            credits: Vec::new(),
            events: Vec::new(),
            claims: Vec::new(),
            records: Vec::new(),
            receipt: None,
            claim_keyset: None,
            outcome,
        }
    }
}

impl Exclusive {
    /// Creates a draft that moves no value, with the request's own claim.
    pub(super) fn draft(&self, mint: &Mint, outcome: &Outcome) -> Result<Draft, ServiceError> {
        let operation = self.operation(mint)?;
        let outcome = outcome.to_json(&operation)?;
        Ok(self.draft_of(operation, outcome, None))
    }

    fn operation(&self, mint: &Mint) -> Result<Operation, ServiceError> {
        mint.new_operation(self.received.kind, Some(self.received.digest))
    }

    /// Creates a draft with the request's own claim, which may be deleted after `claim_keyset` has ended.
    fn draft_of(
        &self,
        operation: Operation,
        outcome: serde_json::Value,
        claim_keyset: Option<KeysetId>,
    ) -> Draft {
        let mut draft = Draft::new(operation, outcome);
        draft.claims =
            self.received.claim.iter().map(|claim| (claim.clone(), claim_keyset.clone())).collect();
        draft
    }

    pub(super) fn verified(self, effects: Effects) -> Verified {
        Verified { exclusive: self, effects }
    }

    /// Waits for exclusive use of claims, in addition to the request's resources. Must be called after all
    /// tokens are verified, so that a request with invalid tokens delays no other. A request that holds these
    /// claims waits for no other resource, so there is no deadlock.
    pub(super) async fn hold_claims(mut self, mint: &Mint, claims: &[Claim]) -> Result<Self, ServiceError> {
        let resources = claims.iter().map(|claim| Resource::Unique(UniqueKey::Claim(claim.clone())));
        self.claims = Some(mint.in_flight.hold(resources.collect()).await?);
        Ok(self)
    }
}

/// A request whose tokens and outputs were all checked.
pub(super) struct Verified {
    exclusive: Exclusive,
    effects: Effects,
}

impl Verified {
    /// Signs the outputs. Blind signing is deterministic and has no side effects, so a crash here loses
    /// nothing.
    pub(super) async fn sign(self, mint: &Mint) -> Result<Signed, ServiceError> {
        let Self { exclusive, effects } = self;
        let operation = exclusive.operation(mint)?;
        // 1. Sign the outputs.
        let signatures = sign_outputs(mint, &effects.outputs).await?;
        // Checked because `zip` below would silently drop outputs without a signature.
        if signatures.len() != effects.outputs.len() {
            return Err(ServiceError::internal(OutcomeError::NoSignature));
        }
        // 2. Complete the outcome. The receipt names the operation, so it is signed now.
        let mut outcome = effects.outcome;
        if let Some(unsigned) = effects.receipt {
            outcome.add_receipt(mint.sign_receipt(*unsigned, &operation)?)?;
        }
        let outcome = outcome.to_json(&operation)?;
        // 3. Put everything into one draft.
        let mut draft = exclusive.draft_of(operation, outcome, effects.claim_keyset);
        // After the request's own claim, because a repeat must conflict with that one first.
        draft.claims.extend(effects.claims.into_iter().map(|claim| (claim, None)));
        draft.records = effects.records;
        draft.spends = effects.spends.iter().map(spend).collect();
        draft.issues = effects
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
        draft.debits = effects.debits;
        draft.credits = effects.credits;
        draft.events = effects.events;
        Ok(Signed { exclusive, draft })
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

/// A request whose outputs are signed, but which is not durable yet.
pub(super) struct Signed {
    exclusive: Exclusive,
    draft: Draft,
}

impl Signed {
    /// Commits everything in one posting. Other requests for the same resources wait until the result is
    /// known.
    pub(super) async fn commit(self, mint: &Mint) -> Result<Committed, ServiceError> {
        let Self { exclusive, draft } = self;
        let kind = draft.operation.kind;
        let signatures = draft.issues.iter().map(|issue| issue.blind_signature.clone()).collect();
        let committed = match mint.commit(draft).await {
            Ok(outcome) => Committed::fresh(kind, outcome, signatures),
            // A replica committed an operation with the request's own claim first: the same request, or its
            // cancel.
            Err(CommitError::Conflict(Conflict::Claimed { claim, owner }))
                if Some(&claim) == exclusive.received.claim.as_ref() =>
            {
                Committed::stored(mint, exclusive.received.repeat_of(*owner)?).await
            }
            Err(error) => Err(error.into()),
        };
        drop((exclusive.claims, exclusive.guard));
        committed
    }
}
