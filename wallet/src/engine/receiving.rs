//! The state machine of receiving tokens, from the stored plan to its end.
//!
//! ```text
//!               ┌────────────── replaced by a plan without the rejected token ─────────────┐
//!               ▼                                                                          │
//! planned ─▶ Sending ─ rejected and cancelled ─▶ Refused ── tokens left, rounds left ──────┤
//!               │                                  ├────── no tokens left ─▶ Worthless     │
//!               │                                  └────── no rounds left ─▶ Waiting       │
//!               ├── committed ─▶ Received                                                  │
//!               └── no response ─▶ Waiting ── the next resume ─────────────────────────────┘
//! ```
//!
//! Invariant: the tokens are in a stored plan until they are swapped (Received) or known to be worthless
//! (Worthless), because the text may exist nowhere else.

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

/// How often a plan may be replaced by one with the same tokens: after a change of keys, after a cancel whose
/// response was lost, and after a collision with outputs of another device with this seed.
const MAX_ROUNDS_WITHOUT_LOSS: u32 = 8;

/// The state of a receive that has not ended.
enum ReceiveState {
    /// The plan is stored and may have been sent.
    Sending(Plan),
    /// The mint rejected the plan, and it is cancelled.
    Refused(Plan, Box<Problem>),
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Runs a receive plan to its end, then the plans of tokens that were found meanwhile.
    pub(super) async fn run_receive_then_found(&self, plan: Plan) -> Result<Received, WalletError> {
        let result = self.run_receive(plan).await;
        self.run_found().await;
        result
    }

    /// Runs a receive plan to its end. [`WalletError::Pending`] means the state Waiting,
    /// [`WalletError::Refused`] Worthless.
    pub(super) async fn run_receive(&self, plan: Plan) -> Result<Received, WalletError> {
        let whole = plan.amount;
        let mut rounds_left = MAX_ROUNDS_WITHOUT_LOSS;
        let mut state = ReceiveState::Sending(plan);
        loop {
            state = match state {
                ReceiveState::Sending(plan) => match self.execute(&plan).await {
                    Ok(ended) => {
                        // A response that issues more than was swapped is invalid.
                        let lost = whole.minus(ended.received).map_err(|_| overflow())?;
                        return Ok(Received { amount: ended.received, lost });
                    }
                    Err(WalletError::Refused(problem)) => ReceiveState::Refused(plan, problem),
                    Err(error) => return Err(error),
                },
                ReceiveState::Refused(plan, problem) => {
                    let replaced = self.replace(&plan, &problem).await.map_err(WalletError::after_sending)?;
                    let Some(next) = replaced else { return Err(WalletError::Refused(problem)) };
                    // A round that drops a token makes progress. Only the others are limited.
                    if next.received_tokens().len() == plan.received_tokens().len() {
                        rounds_left -= 1;
                    }
                    if rounds_left == 0 {
                        return Err(WalletError::Pending);
                    }
                    ReceiveState::Sending(next)
                }
            };
        }
    }

    /// Replaces a rejected plan, in one transition, by one with a fresh idempotency key. The new plan
    /// receives the same tokens except the one that the mint rejected. If no token is left, abandons the plan
    /// and returns `None`.
    async fn replace(&self, plan: &Plan, problem: &Problem) -> Result<Option<Plan>, WalletError> {
        // 1. Drop the rejected token, and react to the other codes. `tokens` are those that the next plan
        //    receives, `counters` those that this transition changes, and `found` the edits that begin plans
        //    of found tokens.
        let mut tokens = without_rejected_token(plan.received_tokens(), problem);
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
                // Add openings to own tokens. For others this fails and the plan stays: only their sender can
                // recover the money.
                self.add_openings(&mut tokens)?;
            }
            // A worthless token was removed above. Other codes: the response to a cancel was lost, or a fresh
            // plan may succeed.
            _ => {}
        }
        // 2. Without tokens left, only abandon the plan.
        let reason = Some(EndReason::Refused(problem.code));
        if tokens.is_empty() {
            self.apply(Transition::Abandon, self.abandon_edits(plan, &[], reason, counters)).await?;
            return Ok(None);
        }
        // 3. Otherwise abandon the plan and begin the next one in one transition.
        let (next, counters) = self.plan_receive(tokens, counters).await?;
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

/// Returns the tokens without the one that the mint rejected as spent, invalid, expired or duplicate.
fn without_rejected_token(tokens: &[TokenInfo], problem: &Problem) -> Vec<TokenInfo> {
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
