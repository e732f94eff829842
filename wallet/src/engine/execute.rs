//! Carrying out a plan: send, and end it by what the mint says.
//!
//! ```text
//!            ┌── answer ───────────────▶ complete
//! begin ─▶ send ── refused ─▶ cancel ─┬─▶ cancelled ─▶ abandon
//!            └── lost ─▶ (later)      └─▶ committed ─▶ complete
//! ```

use super::Wallet;
use super::outputs::{Blinded, Counters, Finished, counter_edits};
use crate::api::{ApiError, MintApi};
use crate::device::{Device, Stage};
use crate::error::WalletError;
use crate::plan::{Dispute, Plan, PlanKind};
use crate::snapshot::{Activity, ActivityState, HeldToken};
use crate::store::{Edit, OwnToken, Store, TokenState, Transition};
use ecash_core::base64url::Base64Url;
use ecash_core::idempotency::Route;
use ecash_core::token::TokenMessage;
use ecash_core::wire::{
    CancelState, ErrorCode, Problem, RedeemRequest, RedeemResponse, RestoreRequest, SwapRequest,
    SwapResponse, TokenInfo, WithdrawRequest, WithdrawResponse,
};
use ecash_core::{Amount, TransactionId};

/// Attempts before a plan is left for later.
const ATTEMPTS: u32 = 3;
const FIRST_PAUSE_MS: u32 = 250;
const MAX_PAUSE_S: u32 = 5;

/// What the mint answered.
pub(super) struct Answer {
    pub(super) transaction_id: TransactionId,
    pub(super) blind_signatures: Vec<Option<Base64Url>>,
}

/// How a plan ended.
pub(super) struct Ended {
    /// What came into the wallet.
    pub(super) received: Amount,
    /// Its pieces.
    pub(super) tokens: Vec<HeldToken>,
    /// The mint's name of the operation.
    pub(super) transaction_id: TransactionId,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Makes a plan durable with its counters, its reserved tokens and its activity.
    pub(super) async fn begin(
        &self,
        plan: &Plan,
        counters: Counters,
        activity: Activity,
    ) -> Result<(), WalletError> {
        let edits = self.begin_edits(plan, counters, activity);
        self.apply(Transition::Begin, edits).await
    }

    pub(super) fn begin_edits(&self, plan: &Plan, counters: Counters, activity: Activity) -> Vec<Edit> {
        let mut edits = vec![Edit::Plan(plan.clone())];
        edits.extend(counter_edits(counters));
        edits.extend(self.with_state(plan.inputs(), &TokenState::Reserved(plan.plan_id.clone())));
        edits.push(Edit::Activity(activity));
        edits
    }

    fn with_state(&self, ids: &[TokenMessage], token_state: &TokenState) -> Vec<Edit> {
        let state = self.state();
        let own = ids.iter().filter_map(|id| state.tokens.get(id));
        own.map(|own| Edit::Token(OwnToken { state: token_state.clone(), ..own.clone() })).collect()
    }

    /// Sends a plan until it ends, or leaves it pending. A disputed plan is not sent again: the mint is asked for
    /// the missing signatures.
    pub(super) async fn execute(&self, plan: &Plan) -> Result<Ended, WalletError> {
        let ended = match &plan.dispute {
            Some(dispute) => self.settle_dispute(plan, dispute).await,
            None => self.send_until_it_ends(plan).await,
        };
        ended.map_err(WalletError::after_sending)
    }

    async fn send_until_it_ends(&self, plan: &Plan) -> Result<Ended, WalletError> {
        let blinded = self.blind(plan.outputs()).await?;
        self.progress(Stage::Waiting, 0, 0);
        let mut pause_ms = FIRST_PAUSE_MS;
        for attempt in 1..=ATTEMPTS {
            match self.send(plan, &blinded).await {
                Ok(answer) => return self.complete(plan, &blinded, answer).await,
                Err(ApiError::Refused(problem)) => return self.settle(plan, &blinded, problem).await,
                Err(ApiError::Busy { retry_after_s }) if attempt < ATTEMPTS => {
                    self.device.pause(retry_after_s.clamp(1, MAX_PAUSE_S) * 1000).await;
                }
                Err(ApiError::Lost) if attempt < ATTEMPTS => {
                    self.device.pause(pause_ms).await;
                    pause_ms *= 2;
                }
                Err(_) => {}
            }
        }
        Err(WalletError::Pending)
    }

    async fn send(&self, plan: &Plan, blinded: &Blinded) -> Result<Answer, ApiError> {
        let key = &plan.idempotency_key;
        let outputs = blinded.requests();
        match &plan.kind {
            PlanKind::Withdraw { .. } => {
                let token = self.account_token().map_err(|_| ApiError::Lost)?;
                let request = WithdrawRequest {
                    amount: plan.amount,
                    denomination: None,
                    blinded_tokens: None,
                    key_id: None,
                    outputs: Some(outputs),
                };
                self.api.withdraw(&token, key, &request).await.map(Answer::from)
            }
            PlanKind::Swap { inputs, .. } => {
                let tokens = self.token_infos(inputs).map_err(|_| ApiError::Lost)?;
                self.api.swap(key, &SwapRequest { tokens, outputs }).await.map(Answer::from)
            }
            PlanKind::Receive { tokens, .. } => {
                let request = SwapRequest { tokens: tokens.clone(), outputs };
                self.api.swap(key, &request).await.map(Answer::from)
            }
            PlanKind::Redeem { inputs, merchant_id } => {
                let request = RedeemRequest {
                    tokens: self.token_infos(inputs).map_err(|_| ApiError::Lost)?,
                    merchant_id: Some(merchant_id.clone()),
                    account_id: None,
                    payment_id: None,
                    refund_commitment: None,
                };
                self.api.redeem(key, &request).await.map(Answer::from)
            }
        }
    }

    fn token_infos(&self, ids: &[TokenMessage]) -> Result<Vec<TokenInfo>, WalletError> {
        let institution_id = self.mint().ok_or(WalletError::NoMint)?.institution_id;
        let state = self.state();
        ids.iter()
            .map(|id| {
                let own = state.tokens.get(id).ok_or(WalletError::PlanEnded)?;
                Ok(TokenInfo::new(&own.token, own.denomination, &institution_id))
            })
            .collect()
    }

    /// A refusal proves nothing about an earlier attempt: cancel, and believe only that answer.
    async fn settle(
        &self,
        plan: &Plan,
        blinded: &Blinded,
        problem: Box<Problem>,
    ) -> Result<Ended, WalletError> {
        // Checked before the plan is cancelled, because afterwards nothing refers to these tokens.
        let signed_elsewhere = match (&plan.kind, problem.code) {
            (PlanKind::Receive { .. }, _) => None,
            (_, ErrorCode::BlindedTokenAlreadySigned) => Some(self.signed_elsewhere(plan, blinded).await?),
            _ => None,
        };
        if problem.code != ErrorCode::Cancelled
            && let Some(answer) = self.cancel_at_mint(plan).await?
        {
            return self.complete(plan, blinded, answer).await;
        }
        match (&plan.kind, signed_elsewhere) {
            // These tokens are kept nowhere else: the plan stays until its successor replaces it.
            (PlanKind::Receive { .. }, _) => {}
            (_, Some((counters, found))) => {
                let note = Some("another device used the same pieces".to_owned());
                let (counters, secure) = self.found_plan(found, counters).await?;
                let mut edits = self.abandon_edits(plan, &[], note, counters);
                edits.extend(secure);
                self.apply(Transition::Abandon, edits).await?;
            }
            (_, None) => {
                let gone = spent_input(plan, &problem);
                let counters = self.counters_after(plan.outputs(), false);
                let edits = self.abandon_edits(plan, gone.as_slice(), Some(problem.title.clone()), counters);
                self.apply(Transition::Abandon, edits).await?;
                if problem.code == ErrorCode::KeyNotIssuing {
                    // So that the next try uses the new keys; if the mint is away, it asks again.
                    let _ = self.update_keys().await;
                }
            }
        }
        Err(WalletError::Refused(problem))
    }

    /// Cancels a plan at the mint: `None` if it will never happen, its answer if it had happened.
    pub(super) async fn cancel_at_mint(&self, plan: &Plan) -> Result<Option<Answer>, WalletError> {
        let token = match plan.route() {
            Route::Withdraw => Some(self.account_token()?),
            Route::Swap | Route::Redeem => None,
        };
        let mut pause_ms = FIRST_PAUSE_MS;
        for _ in 1..=ATTEMPTS {
            match self.api.cancel(token.as_ref(), &plan.idempotency_key, plan.route()).await {
                Ok(cancelled) if cancelled.state == CancelState::Cancelled => return Ok(None),
                Ok(committed) => {
                    let response = committed.response.unwrap_or_default();
                    let answer = Answer::parse(plan.route(), response);
                    return answer.map(Some).ok_or(WalletError::MintFault("its answer cannot be read"));
                }
                Err(ApiError::Busy { retry_after_s }) => {
                    self.device.pause(retry_after_s.clamp(1, MAX_PAUSE_S) * 1000).await;
                }
                Err(ApiError::Lost) => {
                    self.device.pause(pause_ms).await;
                    pause_ms *= 2;
                }
                Err(ApiError::Refused(_)) => break,
            }
        }
        Err(WalletError::Pending)
    }

    /// Ends a plan that happened: its tokens go, the finished ones come.
    pub(super) async fn complete(
        &self,
        plan: &Plan,
        blinded: &Blinded,
        answer: Answer,
    ) -> Result<Ended, WalletError> {
        let (mut finished, mut missing) =
            self.finish(plan.outputs(), blinded, &answer.blind_signatures).await;
        if !missing.is_empty() {
            // The answer may have been spoiled on its way; what the mint has stored counts.
            let (found, still_missing) = self.restore_outputs(&missing).await?;
            finished.extend(found);
            missing = still_missing;
        }
        if !missing.is_empty() {
            let Answer { transaction_id, blind_signatures } = answer;
            let dispute = Dispute { transaction_id, blind_signatures, missing };
            return self.dispute(plan, dispute, finished).await;
        }
        let received = Amount::sum(finished.iter().map(|finished| finished.denomination.amount()));
        let received = received.map_err(|_| WalletError::MintFault("it sent more than any amount"))?;
        let mut edits = vec![Edit::DropPlan(plan.plan_id.clone())];
        edits.extend(plan.inputs().iter().map(|id| Edit::DropToken(*id)));
        let tokens = finished.iter().map(Finished::held).collect();
        edits.extend(finished.into_iter().map(own_token));
        edits.extend(counter_edits(self.counters_after(plan.outputs(), true)));
        let transaction_id = Some(answer.transaction_id.to_string());
        edits.extend(self.activity_edit(plan, ActivityState::Done, transaction_id, None));
        self.apply(Transition::Complete, edits).await?;
        Ok(Ended { received, tokens, transaction_id: answer.transaction_id })
    }

    /// Ends a plan that did not happen and never will. `gone` are inputs the mint proved spent.
    pub(super) fn abandon_edits(
        &self,
        plan: &Plan,
        gone: &[TokenMessage],
        note: Option<String>,
        counters: Counters,
    ) -> Vec<Edit> {
        let freed: Vec<_> = plan.inputs().iter().filter(|id| !gone.contains(id)).copied().collect();
        let mut edits = vec![Edit::DropPlan(plan.plan_id.clone())];
        edits.extend(self.with_state(&freed, &TokenState::Available));
        edits.extend(gone.iter().map(|id| Edit::DropToken(*id)));
        edits.extend(counter_edits(counters));
        edits.extend(self.activity_edit(plan, ActivityState::Cancelled, None, note));
        edits
    }

    /// Two devices with one seed: the other one had these outputs signed. What finalizes is this
    /// wallet's too, unless it was spent; the counters move past them.
    pub(super) async fn signed_elsewhere(
        &self,
        plan: &Plan,
        blinded: &Blinded,
    ) -> Result<(Counters, Vec<Finished>), WalletError> {
        let request = RestoreRequest { outputs: blinded.requests() };
        let restored = self.ask_for(&request).await;
        let restored = restored.map_err(|_| WalletError::Pending)?;
        let (finished, _) = self.finish(plan.outputs(), blinded, &restored.blind_signatures).await;
        Ok((self.counters_after(plan.outputs(), true), finished))
    }

    pub(super) fn activity_edit(
        &self,
        plan: &Plan,
        activity_state: ActivityState,
        transaction_id: Option<String>,
        note: Option<String>,
    ) -> Option<Edit> {
        let state = self.state();
        let activity = state.activity.get(&plan.plan_id)?.clone();
        let note = note.or_else(|| activity.note.clone());
        Some(Edit::Activity(Activity { state: activity_state, transaction_id, note, ..activity }))
    }
}

pub(super) fn own_token(finished: Finished) -> Edit {
    Edit::Token(OwnToken {
        token: finished.token,
        denomination: finished.denomination,
        state: TokenState::Available,
    })
}

/// The input that the mint says was spent before: it is lost, whatever spent it.
fn spent_input(plan: &Plan, problem: &Problem) -> Option<TokenMessage> {
    let spent = problem.code == ErrorCode::TokenAlreadySpent;
    problem.index.filter(|_| spent).and_then(|index| plan.inputs().get(index).copied())
}

impl Answer {
    fn parse(route: Route, response: serde_json::Value) -> Option<Self> {
        match route {
            Route::Withdraw => serde_json::from_value::<WithdrawResponse>(response).ok().map(Self::from),
            Route::Swap => serde_json::from_value::<SwapResponse>(response).ok().map(Self::from),
            Route::Redeem => serde_json::from_value::<RedeemResponse>(response).ok().map(Self::from),
        }
    }
}

fn some_of(signatures: Vec<Base64Url>) -> Vec<Option<Base64Url>> {
    signatures.into_iter().map(Some).collect()
}

impl From<WithdrawResponse> for Answer {
    fn from(response: WithdrawResponse) -> Self {
        Self { transaction_id: response.transaction_id, blind_signatures: some_of(response.blind_signatures) }
    }
}

impl From<SwapResponse> for Answer {
    fn from(response: SwapResponse) -> Self {
        Self { transaction_id: response.transaction_id, blind_signatures: some_of(response.blind_signatures) }
    }
}

impl From<RedeemResponse> for Answer {
    fn from(response: RedeemResponse) -> Self {
        Self { transaction_id: response.transaction_id, blind_signatures: Vec::new() }
    }
}
