//! The steps of a request, as types. Each step consumes the previous one, so it cannot be repeated.
//!
//! 1. Requests that spend or issue tokens take `Received → Exclusive → Verified → Signed → Committed`. Only
//!    [`Verified::sign`] puts tokens and outputs into a draft, so they cannot be committed unchecked or
//!    unsigned.
//! 2. Requests that move no tokens (payments, refunds and payouts) take `Received → Exclusive`. They add
//!    records and movements to [`Exclusive::draft`], and commit it with `Mint::commit`.

use super::in_flight::{Resource, ResourceGuard};
use super::outcome::{Committed, Outcome, OutcomeError};
use super::outputs::{CheckedOutput, sign_outputs};
use super::receipts::UnsignedReceipt;
use super::{Mint, ServiceError};
use crate::keys::VerifiedToken;
use ecash_core::idempotency::{IdempotencyKey, KeyedRoute, Route};
use ecash_core::wire::ErrorCode;
use ecash_core::{AccountId, KeysetId};
use ecash_ledger::{
    Claim, CommitError, Conflict, Draft, Event, Issue, Movement, OperationKind, OperationRecord, Record,
    Spend, UniqueKey,
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

    /// Waits for exclusive use of the request's resources, then looks up a stored outcome. A repeat gets its
    /// response before any check that depends on time or state, so it is never refused.
    pub(super) async fn start(
        &self,
        mint: &Mint,
        mut resources: Vec<Resource>,
    ) -> Result<Lookup, ServiceError> {
        resources.extend(self.claim.clone().map(|claim| Resource::Unique(UniqueKey::Claim(claim))));
        let guard = mint.in_flight.hold(resources).await?;
        let owner = match &self.claim {
            Some(claim) => mint.deps.ledger.postings.claim_owner(claim).await?,
            None => None,
        };
        match owner {
            Some(owner) => self.repeat_of(owner).map(Lookup::Repeat),
            None => Ok(Lookup::Fresh(Exclusive { received: self.clone(), guard, claims: None })),
        }
    }

    /// Replaces a refusal by the stored outcome if the same request was committed meanwhile. A replica may
    /// have committed it after [`Self::start`] looked it up; then the request's own tokens appear to be spent
    /// by another operation.
    pub(super) async fn unless_repeated(
        &self,
        mint: &Mint,
        result: Result<Committed, ServiceError>,
    ) -> Result<Committed, ServiceError> {
        let Err(ServiceError::Refused(_)) = &result else { return result };
        match self.committed_meanwhile(mint).await? {
            Some(record) => Committed::stored(mint, record).await,
            None => result,
        }
    }

    /// Like [`Self::unless_repeated`], for a request whose outcome is an id. `stored` reads the id from the
    /// record.
    pub(super) async fn id_unless_repeated<T>(
        &self,
        mint: &Mint,
        result: Result<T, ServiceError>,
        stored: impl FnOnce(OperationRecord) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let Err(ServiceError::Refused(_)) = &result else { return result };
        match self.committed_meanwhile(mint).await? {
            Some(record) => stored(record),
            None => result,
        }
    }

    /// Returns the operation that has committed the same request, if there is one.
    pub(super) async fn committed_meanwhile(
        &self,
        mint: &Mint,
    ) -> Result<Option<OperationRecord>, ServiceError> {
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

/// The result of looking up a request's stored outcome.
pub(super) enum Lookup {
    /// No operation owns its claim.
    Fresh(Exclusive),
    /// The same request was committed as this record.
    Repeat(OperationRecord),
}

/// A new request with exclusive use of its resources.
pub(super) struct Exclusive {
    received: Received,
    guard: ResourceGuard,
    /// Held by [`Self::hold_claims`].
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
        let operation = mint.new_operation(self.received.kind, Some(self.received.digest))?;
        let outcome = outcome.to_json(&operation)?;
        let mut draft = Draft::new(operation, outcome);
        draft.claims = self.received.claim.iter().map(|claim| (claim.clone(), None)).collect();
        Ok(draft)
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
        let Received { kind, digest, .. } = exclusive.received;
        let operation = mint.new_operation(kind, Some(digest))?;
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
        let mut draft = Draft::new(operation, outcome);
        draft.claims = exclusive
            .received
            .claim
            .iter()
            .map(|claim| (claim.clone(), effects.claim_keyset.clone()))
            .collect();
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
