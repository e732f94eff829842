//! Receive: somebody's tokens become own tokens. A bearer bundle is worth nothing until swapped.

use super::Wallet;
use crate::api::MintApi;
use crate::error::WalletError;
use crate::host::Host;
use crate::plan::{Plan, PlanKind};
use crate::snapshot::{Activity, ActivityKind};
use crate::store::{Store, Transition};
use ecash_core::Amount;
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::seed::Chain;
use ecash_core::token::TokenBundle;
use ecash_core::wire::{ErrorCode, Problem, TokenInfo};

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What is now the wallet's own.
    pub amount: Amount,
    /// What had been spent before, or was no longer worth anything.
    pub lost: Amount,
}

impl<S: Store, A: MintApi, H: Host> Wallet<S, A, H> {
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
        let mut tokens = Vec::with_capacity(bundle.tokens.len());
        for token in &bundle.tokens {
            if self.denomination_key(&token.key_id).is_err() {
                self.update_keys().await?;
            }
            let key = self.denomination_key(&token.key_id).map_err(|_| WalletError::InvalidToken)?;
            token.verify(&key).map_err(|_| WalletError::InvalidToken)?;
            tokens.push(TokenInfo::new(token, key.denomination, &mint.institution_id));
            self.host.breathe().await;
        }
        self.secure(tokens, ActivityKind::Receive, bundle.memo).await
    }

    /// Swaps tokens for own ones. Those that are worth nothing any more are dropped, and the rest
    /// is planned anew in the same transition.
    pub(super) async fn secure(
        &self,
        tokens: Vec<TokenInfo>,
        kind: ActivityKind,
        note: Option<String>,
    ) -> Result<Received, WalletError> {
        let (plan, counters) = self.receive_plan(tokens).await?;
        let activity = Activity { note, ..self.new_activity(&plan, kind) };
        self.begin(&plan, counters, activity).await?;
        self.carry_through(plan).await
    }

    /// Executes a receive plan, and its successors if tokens fall out of it.
    pub(super) async fn carry_through(&self, mut plan: Plan) -> Result<Received, WalletError> {
        let whole = plan.amount;
        loop {
            match self.execute(&plan).await {
                Ok(ended) => {
                    let lost = whole.minus(ended.received).unwrap_or_default();
                    return Ok(Received { amount: ended.received, lost });
                }
                Err(WalletError::Refused(problem)) => match self.successor(&plan, &problem).await? {
                    Some(next) => plan = next,
                    None => return Err(WalletError::Refused(problem)),
                },
                Err(error) => return Err(error),
            }
        }
    }

    async fn receive_plan(
        &self,
        tokens: Vec<TokenInfo>,
    ) -> Result<(Plan, Vec<crate::store::Edit>), WalletError> {
        let amount = Amount::sum(tokens.iter().map(|token| token.denomination.amount()));
        let amount = amount.map_err(|_| WalletError::InvalidToken)?;
        let keyset = self.issuing_keyset().await?;
        let pieces = self.pieces_for(&keyset, amount)?;
        let (outputs, counters) = self.allocate(&keyset, &pieces, Chain::Swap)?;
        let plan = Plan {
            plan_id: self.plan_id()?,
            origin: self.origin.clone(),
            idempotency_key: IdempotencyKey::from_random(&self.random_name()?),
            amount,
            kind: PlanKind::Receive { tokens, outputs },
        };
        Ok((plan, counters))
    }

    /// The plan for what is left of a refused one, replaced in one transition; `None` if nothing
    /// is left or the refusal was about something else.
    async fn successor(&self, plan: &Plan, problem: &Problem) -> Result<Option<Plan>, WalletError> {
        let PlanKind::Receive { tokens, .. } = &plan.kind else { return Ok(None) };
        if self.plan(&plan.plan_id).is_none() {
            // Two devices, one seed: the plan has ended; its tokens are planned anew.
            let (next, counters) = self.receive_plan(tokens.clone()).await?;
            self.begin(&next, counters, self.new_activity(&next, ActivityKind::Receive)).await?;
            return Ok(Some(next));
        }
        let mut tokens = tokens.clone();
        match (problem.code, problem.index) {
            (
                ErrorCode::TokenAlreadySpent | ErrorCode::TokenInvalid | ErrorCode::TokenExpired,
                Some(index),
            ) if index < tokens.len() => {
                tokens.remove(index);
            }
            (ErrorCode::KeyNotIssuing | ErrorCode::UnknownKey, _) => self.update_keys().await?,
            _ => return Ok(None),
        }
        if tokens.is_empty() {
            self.abandon(plan, &[], problem).await?;
            return Ok(None);
        }
        let (next, counters) = self.receive_plan(tokens).await?;
        let old = self.state().activity.get(&plan.plan_id).cloned();
        let activity = match old {
            Some(old) => Activity { kind: old.kind, note: old.note, ..self.new_activity(&next, old.kind) },
            None => self.new_activity(&next, ActivityKind::Receive),
        };
        // Both allocate and cancel edit counters: cancelled ones last would undo the allocation,
        // so the old plan's counters are simply left unused.
        let mut edits = self.abandon_edits(plan, &[], Some(problem.title.clone()));
        edits.retain(|edit| !matches!(edit, crate::store::Edit::Counter(..)));
        edits.extend(self.begin_edits(&next, counters, activity));
        self.apply(Transition::Replace, edits).await?;
        Ok(Some(next))
    }
}
