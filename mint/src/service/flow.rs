//! The steps of every operation, as types: `Received → Exclusive → Verified → Signed → Committed`. Each step consumes
//! the previous one, so that none can be skipped or repeated.

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
    /// Describes a request on `route` by `principal` with an optional idempotency key. `digest` is that of the
    /// canonical body.
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

    /// Waits for exclusive use of the request's resources, then looks for a stored outcome. A repeat gets its
    /// response before any check that depends on time or state, so that it cannot be refused later.
    pub(super) async fn start(
        &self,
        mint: &Mint,
        mut resources: Vec<Resource>,
    ) -> Result<Start, ServiceError> {
        resources.extend(self.claim.clone().map(|claim| Resource::Unique(UniqueKey::Claim(claim))));
        let guard = mint.in_flight.hold(resources).await?;
        let owner = match &self.claim {
            Some(claim) => mint.deps.ledger.postings.claim_owner(claim).await?,
            None => None,
        };
        match owner {
            Some(owner) => self.repeat_of(owner).map(Start::Repeat),
            None => Ok(Start::Fresh(Exclusive { received: self.clone(), guard, claims: None })),
        }
    }

    /// Replaces a refusal by the stored outcome if the same request was committed meanwhile. A replica may have
    /// committed a repeat after [`Self::start`] looked for it; then the request's own tokens seem spent by another
    /// operation.
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

    /// As [`Self::unless_repeated`], of a request whose outcome is an id, which `stored` reads.
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

    /// Returns the owner of this request's claim if it is the same request. A cancelled operation is reported first,
    /// because a cancel stores no digest to compare.
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

/// Whether a request is new.
pub(super) enum Start {
    /// No operation owns its claim.
    Fresh(Exclusive),
    /// The same request was committed as this record.
    Repeat(OperationRecord),
}

/// A new request with exclusive use of its resources.
pub(super) struct Exclusive {
    received: Received,
    guard: ResourceGuard,
    /// Of [`Self::hold_claims`].
    claims: Option<ResourceGuard>,
}

/// The value that a request moves. The types of tokens and outputs prove that they were checked.
pub(super) struct Value {
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

impl Value {
    /// Creates a value with this outcome that moves nothing.
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
        let operation = Operation {
            id: mint.operation_id()?,
            kind: self.received.kind,
            request_digest: Some(self.received.digest),
            at: mint.now(),
        };
        let outcome = outcome.to_json(&operation)?;
        let mut draft = Draft::new(operation, outcome);
        draft.claims = self.received.claim.iter().map(|claim| (claim.clone(), None)).collect();
        Ok(draft)
    }

    pub(super) fn verified(self, value: Value) -> Verified {
        Verified { request: self, value }
    }

    /// Waits for exclusive use of claims in addition to the request's resources. Called once all tokens are verified, so
    /// that invalid ones keep nobody waiting; a request that holds these claims waits for nothing else, so no two wait for
    /// each other.
    pub(super) async fn hold_claims(mut self, mint: &Mint, claims: &[Claim]) -> Result<Self, ServiceError> {
        let resources = claims.iter().map(|claim| Resource::Unique(UniqueKey::Claim(claim.clone())));
        self.claims = Some(mint.in_flight.hold(resources.collect()).await?);
        Ok(self)
    }
}

/// A request whose tokens and outputs were all checked.
pub(super) struct Verified {
    request: Exclusive,
    value: Value,
}

impl Verified {
    /// Signs the outputs. Blind signing is deterministic and has no side effects, so a crash here loses nothing.
    pub(super) async fn sign(self, mint: &Mint) -> Result<Signed, ServiceError> {
        let Self { request, value } = self;
        let operation = Operation {
            id: mint.operation_id()?,
            kind: request.received.kind,
            request_digest: Some(request.received.digest),
            at: mint.now(),
        };
        let signatures = sign_outputs(mint, &value.outputs).await?;
        // Checked because `zip` below would silently drop outputs without a signature.
        if signatures.len() != value.outputs.len() {
            return Err(ServiceError::internal(OutcomeError::NoSignature));
        }
        let mut outcome = value.outcome;
        if let Some(unsigned) = value.receipt {
            outcome.add_receipt(mint.sign_receipt(*unsigned, &operation)?)?;
        }
        let outcome = outcome.to_json(&operation)?;
        let mut draft = Draft::new(operation, outcome);
        draft.claims =
            request.received.claim.iter().map(|claim| (claim.clone(), value.claim_keyset.clone())).collect();
        // After the request's own claim, which a repeat must find first.
        draft.claims.extend(value.claims.into_iter().map(|claim| (claim, None)));
        draft.records = value.records;
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

/// A request whose outputs are signed, but which is not durable yet.
pub(super) struct Signed {
    request: Exclusive,
    draft: Draft,
}

impl Signed {
    /// Commits everything in one posting. Other requests for the same resources wait until the result is known.
    pub(super) async fn commit(self, mint: &Mint) -> Result<Committed, ServiceError> {
        let Self { request, draft } = self;
        let kind = draft.operation.kind;
        let signatures = draft.issues.iter().map(|issue| issue.blind_signature.clone()).collect();
        let committed = match mint.commit(draft).await {
            Ok(outcome) => Committed::fresh(kind, outcome, signatures),
            // A replica has committed an operation with the request's own claim first.
            Err(CommitError::Conflict(Conflict::Claimed { claim, owner }))
                if Some(&claim) == request.received.claim.as_ref() =>
            {
                Committed::stored(mint, request.received.repeat_of(*owner)?).await
            }
            Err(error) => Err(error.into()),
        };
        drop((request.claims, request.guard));
        committed
    }
}
