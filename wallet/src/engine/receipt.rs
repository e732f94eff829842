//! The states of a receipt, from its stored plan to its end.
//!
//! ```text
//!               ┌───────────── replaced by a plan without the worthless token ─────────────┐
//!               ▼                                                                          │
//! planned ─▶ Sending ── refused and cancelled ─▶ Refused ── tokens left, rounds left ──────┤
//!               │                                  ├────── no tokens left ─▶ Worthless     │
//!               │                                  └────── no rounds left ─▶ Waiting       │
//!               ├── committed ─▶ Received                                                  │
//!               └── no answer ─▶ Waiting ── the next resume ───────────────────────────────┘
//! ```
//!
//! In every state the tokens are in a stored plan, until they are swapped (Received) or known to be spent or expired
//! (Worthless): the text may exist nowhere else.

use super::Wallet;
use super::outputs::Counters;
use crate::activity::{Activity, ActivityKind, EndReason};
use crate::api::MintApi;
use crate::device::Device;
use crate::error::{WalletError, overflow};
use crate::plan::Plan;
use crate::store::{Edit, Store, Transition};
use ecash_core::wire::{ErrorCode, Problem, TokenInfo};

use super::Received;

/// How often a receipt may be replaced without a token less: after a change of keys, after a cancel whose answer was lost,
/// and after outputs that another device of this seed had signed.
const MAX_ROUNDS_WITHOUT_LOSS: u32 = 8;

/// A receipt that has not ended.
enum Receipt {
    /// The plan is stored and may have been sent.
    Sending(Plan),
    /// The mint refused the plan, and it will never be committed.
    Refused(Plan, Box<Problem>),
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Runs a receipt to its end, then those of tokens that were found on the way.
    pub(super) async fn run_receipt_then_found(&self, plan: Plan) -> Result<Received, WalletError> {
        let result = self.run_receipt(plan).await;
        self.run_found().await;
        result
    }

    /// Runs a receipt to its end. [`WalletError::Pending`] is the state Waiting, [`WalletError::Refused`] is Worthless.
    pub(super) async fn run_receipt(&self, plan: Plan) -> Result<Received, WalletError> {
        let whole = plan.amount;
        let mut rounds_left = MAX_ROUNDS_WITHOUT_LOSS;
        let mut receipt = Receipt::Sending(plan);
        loop {
            receipt = match receipt {
                Receipt::Sending(plan) => match self.execute(&plan).await {
                    Ok(ended) => {
                        // A mint that issues more than it took is no gift: its answer is wrong.
                        let lost = whole.minus(ended.received).map_err(|_| overflow())?;
                        return Ok(Received { amount: ended.received, lost });
                    }
                    Err(WalletError::Refused(problem)) => Receipt::Refused(plan, problem),
                    Err(error) => return Err(error),
                },
                Receipt::Refused(plan, problem) => {
                    let replaced = self.replace(&plan, &problem).await.map_err(WalletError::after_sending)?;
                    let Some(next) = replaced else { return Err(WalletError::Refused(problem)) };
                    // A round that drops a token brings the end nearer. Only the others are counted.
                    if next.received_tokens().len() == plan.received_tokens().len() {
                        rounds_left -= 1;
                    }
                    if rounds_left == 0 {
                        return Err(WalletError::Pending);
                    }
                    Receipt::Sending(next)
                }
            };
        }
    }

    /// Replaces a refused plan, in one transition, by one with a fresh idempotency key that receives the same tokens without
    /// the one that the refusal names as worthless. Returns `None` if no token is left; the plan is abandoned then.
    async fn replace(&self, plan: &Plan, problem: &Problem) -> Result<Option<Plan>, WalletError> {
        let mut tokens = without_the_worthless(plan.received_tokens(), problem);
        let mut counters = self.counters_after(plan.outputs(), false);
        let mut found = Vec::new();
        match problem.code {
            ErrorCode::KeyNotIssuing | ErrorCode::UnknownKey => self.update_keys().await?,
            ErrorCode::BlindedTokenAlreadySigned => {
                let blinded = self.blind(plan.outputs()).await?;
                let elsewhere = self.signed_elsewhere(plan, &blinded).await?;
                (counters, found) = self.plan_found(elsewhere.1, elsewhere.0).await?;
            }
            ErrorCode::KeyRevoked => {
                self.update_keys().await?;
                // Own tokens are opened. Others keep their plan: only their sender can bring the money back.
                self.add_openings(&mut tokens)?;
            }
            // A worthless token was removed above. Other codes: a cancel whose answer was lost, or a refusal that a fresh
            // plan may not meet.
            _ => {}
        }
        let reason = Some(EndReason::Refused(problem.code));
        if tokens.is_empty() {
            self.apply(Transition::Abandon, self.abandon_edits(plan, &[], reason, counters)).await?;
            return Ok(None);
        }
        let (next, counters) = self.plan_receipt(tokens, counters).await?;
        let mut edits: Vec<Edit> = self.abandon_edits(plan, &[], reason, Counters::new());
        edits.extend(found);
        edits.extend(self.begin_edits(&next, counters, self.activity_of_replacement(plan, &next)));
        self.apply(Transition::Replace, edits).await?;
        Ok(Some(next))
    }

    fn activity_of_replacement(&self, plan: &Plan, next: &Plan) -> Activity {
        let old = self.state().activity.get(&plan.plan_id).cloned();
        let kind = old.as_ref().map_or(ActivityKind::Receive, |old| old.kind);
        Activity { note: old.and_then(|old| old.note), ..self.new_activity(next, kind) }
    }
}

/// The tokens without the one that the refusal names as spent, invalid, expired or repeated.
fn without_the_worthless(tokens: &[TokenInfo], problem: &Problem) -> Vec<TokenInfo> {
    let is_worthless = matches!(
        problem.code,
        ErrorCode::TokenAlreadySpent
            | ErrorCode::TokenInvalid
            | ErrorCode::TokenExpired
            | ErrorCode::DuplicateToken
    );
    let worthless = problem.index.filter(|_| is_worthless);
    let kept = tokens.iter().enumerate().filter(|(index, _)| Some(*index) != worthless);
    kept.map(|(_, token)| token.clone()).collect()
}
