//! Receive: swaps another person's tokens for new ones. A bearer bundle is worth nothing until it is swapped.

use super::Wallet;
use super::outputs::{Counters, Finished};
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Plan, PlanId, PlanKind};
use crate::snapshot::{Activity, ActivityKind};
use crate::store::{Edit, Store, Transition};
use ecash_core::Amount;
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::seed::Chain;
use ecash_core::token::TokenBundle;
use ecash_core::wire::{ErrorCode, Problem, TokenInfo};
use std::collections::BTreeSet;

/// Rounds of one receipt that may pass without a token falling out: a change of keys, a cancel
/// that is found again, pieces that another device of this seed has had signed.
const SPARE_ROUNDS: u32 = 8;

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What is now the wallet's own.
    pub amount: Amount,
    /// What had been spent before, or was no longer worth anything.
    pub lost: Amount,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Takes the tokens of a text `ecash1…`. After [`WalletError::Pending`] they are kept as not
    /// yet secured, and secured when the mint is back.
    ///
    /// # Errors
    /// [`WalletError`].
    pub async fn receive(&self, text: &str) -> Result<Received, WalletError> {
        let _turn = self.turn.lock().await;
        let bundle = TokenBundle::from_text(text).map_err(WalletError::Bundle)?;
        let mint = self.mint().ok_or(WalletError::NoMint)?;
        if bundle.origin != self.origin
            || bundle.institution_id != mint.institution_id
            || bundle.currency != mint.currency.code
        {
            return Err(WalletError::OtherMint(bundle.origin.to_string()));
        }
        let mut tokens: Vec<TokenInfo> = Vec::with_capacity(bundle.tokens.len());
        for token in &bundle.tokens {
            if self.denomination_key(&token.key_id).is_err() {
                self.update_keys().await?;
            }
            let key = self.denomination_key(&token.key_id).map_err(|_| WalletError::InvalidToken)?;
            token.verify(&key).map_err(|_| WalletError::InvalidToken)?;
            let info = TokenInfo::new(token, key.denomination, &mint.institution_id);
            if let Some(plan) = self.plan_that_receives(&info) {
                return self.carry_through(plan).await;
            }
            // One token twice in a text is one token.
            if !tokens.contains(&info) {
                tokens.push(info);
            }
            self.device.yield_now().await;
        }
        self.secure(tokens, ActivityKind::Receive, bundle.memo).await
    }

    /// The pending plan that already brings this token in.
    fn plan_that_receives(&self, info: &TokenInfo) -> Option<Plan> {
        let state = self.state();
        let receives = |plan: &&Plan| match &plan.kind {
            PlanKind::Receive { tokens, .. } => tokens.contains(info),
            _ => false,
        };
        state.plans.values().find(receives).cloned()
    }

    /// Swaps tokens for own ones. Those that are worth nothing any more are dropped, and the rest
    /// is planned anew in the same transition.
    pub(super) async fn secure(
        &self,
        tokens: Vec<TokenInfo>,
        kind: ActivityKind,
        note: Option<String>,
    ) -> Result<Received, WalletError> {
        let (plan, counters) = self.receive_plan(tokens, Counters::new()).await?;
        let activity = Activity { note, ..self.new_activity(&plan, kind) };
        self.begin(&plan, counters, activity).await?;
        self.carry_through(plan).await
    }

    /// Executes a receive plan, and its successors if tokens fall out of it; then what was found on
    /// the way.
    pub(super) async fn carry_through(&self, plan: Plan) -> Result<Received, WalletError> {
        let result = self.carry_one(plan).await;
        self.carry_found().await;
        result
    }

    /// The plan that secures tokens of this seed which another device had signed, to be begun in the
    /// transition that gives up the plan which met them: spent ones fall out of it, and only what the
    /// mint swaps counts. `counters` are those the transition has changed already; those that come back
    /// must go into it.
    pub(super) async fn found_plan(
        &self,
        found: Vec<Finished>,
        counters: Counters,
    ) -> Result<(Counters, Vec<Edit>), WalletError> {
        let held = |found: &Finished| self.state().tokens.contains_key(&found.token.message());
        let found: Vec<_> = found.into_iter().filter(|found| !held(found)).collect();
        if found.is_empty() {
            return Ok((counters, Vec::new()));
        }
        let institution_id = self.mint().ok_or(WalletError::NoMint)?.institution_id;
        let info = |found: &Finished| TokenInfo::new(&found.token, found.denomination, &institution_id);
        let (plan, counters) = self.receive_plan(found.iter().map(info).collect(), counters).await?;
        let activity = self.new_activity(&plan, ActivityKind::Restore);
        // The counters go with the caller's.
        Ok((counters, self.begin_edits(&plan, Counters::new(), activity)))
    }

    /// Carries out the plans of found tokens, those too that turn up on the way. What does not succeed
    /// waits in its plan for the next time.
    pub(super) async fn carry_found(&self) {
        let mut tried = BTreeSet::new();
        while let Some(plan) = self.found_plan_but(&tried) {
            tried.insert(plan.plan_id.clone());
            if let Err(WalletError::Store(_) | WalletError::StoreAfterSending(_)) = self.carry_one(plan).await
            {
                return;
            }
        }
    }

    fn found_plan_but(&self, tried: &BTreeSet<PlanId>) -> Option<Plan> {
        let state = self.state();
        let is_found = |plan: &&Plan| {
            let activity = state.activity.get(&plan.plan_id);
            let restores = activity.is_some_and(|activity| activity.kind == ActivityKind::Restore);
            restores && !tried.contains(&plan.plan_id)
        };
        state.plans.values().find(is_found).cloned()
    }

    pub(super) async fn carry_one(&self, mut plan: Plan) -> Result<Received, WalletError> {
        let whole = plan.amount;
        let mut spare_rounds = SPARE_ROUNDS;
        loop {
            let tokens = plan.received_tokens().len();
            match self.execute(&plan).await {
                Ok(ended) => {
                    let lost = whole.minus(ended.received).unwrap_or_default();
                    return Ok(Received { amount: ended.received, lost });
                }
                Err(WalletError::Refused(problem)) => {
                    match self.successor(&plan, &problem).await.map_err(WalletError::after_sending)? {
                        Some(next) => plan = next,
                        None => return Err(WalletError::Refused(problem)),
                    }
                }
                Err(error) => return Err(error),
            }
            // Every round drops a token, or is one of a few that do not.
            if plan.received_tokens().len() == tokens {
                spare_rounds -= 1;
            }
            if spare_rounds == 0 {
                return Err(WalletError::Pending);
            }
        }
    }

    async fn receive_plan(
        &self,
        tokens: Vec<TokenInfo>,
        counters: Counters,
    ) -> Result<(Plan, Counters), WalletError> {
        let amount = Amount::sum(tokens.iter().map(|token| token.denomination.amount()));
        let amount = amount.map_err(|_| WalletError::InvalidToken)?;
        let keyset = self.issuing_keyset().await?;
        let pieces = self.pieces_for(&keyset, amount)?;
        let (outputs, counters) = self.allocate(&keyset, &pieces, Chain::Swap, counters)?;
        let plan = Plan {
            plan_id: self.plan_id()?,
            origin: self.origin.clone(),
            idempotency_key: IdempotencyKey::from_random(&self.random_name()?),
            amount,
            kind: PlanKind::Receive { tokens, outputs },
            dispute: None,
        };
        Ok((plan, counters))
    }

    /// What comes after a plan that the mint refused and that will never happen: the same tokens
    /// without the one that is worth nothing, under a fresh key, replaced in one transition. `None`
    /// if nothing is left; then the plan has ended.
    async fn successor(&self, plan: &Plan, problem: &Problem) -> Result<Option<Plan>, WalletError> {
        let mut tokens = plan.received_tokens().to_vec();
        let mut counters = self.counters_after(plan.outputs(), false);
        let mut secure = Vec::new();
        match (problem.code, problem.index) {
            (
                ErrorCode::TokenAlreadySpent
                | ErrorCode::TokenInvalid
                | ErrorCode::TokenExpired
                | ErrorCode::DuplicateToken,
                Some(index),
            ) if index < tokens.len() => {
                tokens.remove(index);
            }
            (ErrorCode::KeyNotIssuing | ErrorCode::UnknownKey, _) => self.update_keys().await?,
            (ErrorCode::BlindedTokenAlreadySigned, _) => {
                let blinded = self.blind(plan.outputs()).await?;
                let elsewhere = self.signed_elsewhere(plan, &blinded).await?;
                (counters, secure) = self.found_plan(elsewhere.1, elsewhere.0).await?;
            }
            // An earlier cancel whose answer, or whose successor, was lost; or a refusal of a kind
            // that a fresh plan may not meet.
            _ => {}
        }
        let note = Some(problem.title.clone());
        if tokens.is_empty() {
            let edits = self.abandon_edits(plan, &[], note, counters);
            self.apply(Transition::Abandon, edits).await?;
            return Ok(None);
        }
        let (next, counters) = self.receive_plan(tokens, counters).await?;
        let old = self.state().activity.get(&plan.plan_id).cloned();
        let activity = match old {
            Some(old) => Activity { note: old.note, ..self.new_activity(&next, old.kind) },
            None => self.new_activity(&next, ActivityKind::Receive),
        };
        let mut edits = self.abandon_edits(plan, &[], note, Counters::new());
        edits.extend(secure);
        edits.extend(self.begin_edits(&next, counters, activity));
        self.apply(Transition::Replace, edits).await?;
        Ok(Some(next))
    }
}
