//! Executes a stored plan: sends it, and ends it according to the mint's response.
//!
//! ```text
//!            ┌── committed ────────────▶ complete
//! begin ─▶ send ── rejected ▶ cancel ─┬─▶ cancelled ─▶ abandon
//!            └── lost ─▶ (resume)     └─▶ committed ─▶ complete
//! ```

use super::Wallet;
use super::answer::Answer;
use super::outputs::{Blinded, Counters, Finished};
use crate::activity::EndReason;
use crate::api::MintApi;
use crate::backoff::Backoff;
use crate::device::{Device, Stage};
use crate::error::{MintFault, WalletError, overflow};
use crate::plan::{Dispute, Plan, PlanKind};
use crate::snapshot::HeldToken;
use crate::store::{Store, Transition};
use ecash_core::idempotency::Route;
use ecash_core::receipt::SignedReceipt;
use ecash_core::token::TokenMessage;
use ecash_core::wire::{CancelState, ErrorCode, Problem, RestoreRequest};
use ecash_core::{Amount, TransactionId};

/// A completed plan.
pub(super) struct Ended {
    /// The value of the new tokens, in minor units.
    pub(super) received: Amount,
    pub(super) tokens: Vec<HeldToken>,
    pub(super) transaction_id: TransactionId,
    /// The shop's page to return to after a payment.
    pub(super) return_url: Option<String>,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Executes a plan, then receives the tokens that were found meanwhile. The outcome of that does not
    /// affect the result.
    pub(super) async fn execute_then_found(&self, plan: &Plan) -> Result<Ended, WalletError> {
        let ended = self.execute(plan).await;
        self.run_found().await;
        ended
    }

    /// Sends a plan until it ends or the retries are used up; then it stays pending. A disputed plan is not
    /// sent again: its missing signatures are requested.
    pub(super) async fn execute(&self, plan: &Plan) -> Result<Ended, WalletError> {
        let ended = match &plan.dispute {
            Some(dispute) => self.settle_dispute(plan, dispute).await,
            None => self.send_until_answered(plan).await,
        };
        ended.map_err(WalletError::after_sending)
    }

    async fn send_until_answered(&self, plan: &Plan) -> Result<Ended, WalletError> {
        let blinded = self.blind(plan.outputs()).await?;
        self.progress(Stage::Waiting, 0, 0);
        let mut sent = self.repeat(Backoff::single(), || self.send(plan, &blinded)).await;
        // The mint has lost the account, for example because it was set up again. Without an account the plan
        // can be neither completed nor cancelled. Reopen it, or leave the plan pending: some mints let only
        // their operator open accounts.
        let account_is_gone = matches!(&sent, Err(crate::ApiError::Refused(problem)) if problem.code == ErrorCode::Unauthorized);
        if account_is_gone && plan.route() == Route::Withdraw {
            self.reopen_account().await.map_err(|_| WalletError::Pending)?;
            sent = self.repeat(Backoff::single(), || self.send(plan, &blinded)).await;
        }
        match sent {
            Ok(answer) => self.complete(plan, &blinded, answer).await,
            Err(crate::ApiError::Refused(problem)) => self.settle_refusal(plan, &blinded, problem).await,
            Err(_) => Err(WalletError::Pending),
        }
    }

    /// Ends a plan that the mint rejected. An earlier attempt may have been committed nevertheless, so only
    /// the response to a cancel is decisive.
    async fn settle_refusal(
        &self,
        plan: &Plan,
        blinded: &Blinded,
        problem: Box<Problem>,
    ) -> Result<Ended, WalletError> {
        let is_receive = matches!(plan.kind, PlanKind::Receive { .. });
        // 1. Fetch the outputs that another device has used, while the plan still contains them.
        let signed_elsewhere = match problem.code {
            ErrorCode::BlindedTokenAlreadySigned if !is_receive => {
                Some(self.signed_elsewhere(plan, blinded).await?)
            }
            _ => None,
        };
        // 2. Cancel the plan, unless the mint's response already states that it is cancelled.
        if problem.code != ErrorCode::Cancelled
            && let Some(answer) = self.cancel_at_mint(plan).await?
        {
            return self.complete(plan, blinded, answer).await;
        }
        // 3. Abandon the plan. The plan of a receive stays until `replace` replaces it, because its tokens
        //    are stored nowhere else.
        if !is_receive {
            self.abandon_refused(plan, signed_elsewhere, &problem).await?;
        }
        if matches!(problem.code, ErrorCode::KeyNotIssuing | ErrorCode::KeyRevoked) && !is_receive {
            // The next attempt then uses the new keyset or other tokens. If this fails, that attempt fetches
            // the keys.
            let _ = self.update_keys().await;
        }
        Err(WalletError::Refused(problem))
    }

    async fn abandon_refused(
        &self,
        plan: &Plan,
        signed_elsewhere: Option<(Counters, Vec<Finished>)>,
        problem: &Problem,
    ) -> Result<(), WalletError> {
        let edits = match signed_elsewhere {
            Some((counters, found)) => {
                let (counters, begun) = self.plan_found(found, counters).await?;
                let mut edits = self.abandon_edits(plan, &[], Some(EndReason::SignedElsewhere), counters);
                edits.extend(begun);
                edits
            }
            None => {
                let spent = spent_input(plan, problem);
                let counters = self.counters_after(plan.outputs(), false);
                self.abandon_edits(plan, spent.as_slice(), Some(EndReason::Refused(problem.code)), counters)
            }
        };
        self.apply(Transition::Abandon, edits).await
    }

    /// Cancels a plan at the mint. Returns the mint's stored response if the plan was committed, and `None`
    /// if it was not and never will be.
    pub(super) async fn cancel_at_mint(&self, plan: &Plan) -> Result<Option<Answer>, WalletError> {
        let token = match plan.route() {
            Route::Withdraw => Some(self.account_token()?),
            Route::Swap | Route::Redeem | Route::RefundClaim => None,
        };
        let cancel = || self.api.cancel(token.as_ref(), &plan.idempotency_key, plan.route());
        let cancelled = self.repeat(Backoff::single(), cancel).await.map_err(|_| WalletError::Pending)?;
        if cancelled.state == CancelState::Cancelled {
            return Ok(None);
        }
        let answer = Answer::parse(plan.route(), cancelled.response.unwrap_or_default());
        answer.map(Some).ok_or(WalletError::MintFault(MintFault::UnreadableResponse))
    }

    /// Completes a plan that the mint committed, or stores it as disputed if valid signatures are missing.
    pub(super) async fn complete(
        &self,
        plan: &Plan,
        blinded: &Blinded,
        answer: Answer,
    ) -> Result<Ended, WalletError> {
        let (mut finished, mut missing) =
            self.finish(plan.outputs(), blinded, &answer.blind_signatures).await;
        if !missing.is_empty() {
            // The response may have been corrupted in transit. The signatures that the mint has stored are
            // decisive.
            let (found, still_missing) = self.restore_outputs(&missing).await?;
            finished.extend(found);
            missing = still_missing;
        }
        if !missing.is_empty() {
            let Answer { transaction_id, blind_signatures, .. } = answer;
            let dispute = Dispute { transaction_id, blind_signatures, missing };
            return self.dispute(plan, dispute, finished).await;
        }
        let ended = self.end_completed(plan, finished, answer.transaction_id, answer.receipt).await?;
        Ok(Ended { return_url: answer.return_url, ..ended })
    }

    /// Completes a plan whose outputs are all finished.
    pub(super) async fn end_completed(
        &self,
        plan: &Plan,
        finished: Vec<Finished>,
        transaction_id: TransactionId,
        receipt: Option<SignedReceipt>,
    ) -> Result<Ended, WalletError> {
        let received = Amount::sum(finished.iter().map(|finished| finished.denomination.amount()));
        let received = received.map_err(|_| overflow())?;
        let tokens = finished.iter().map(Finished::held).collect();
        let edits = self.complete_edits(plan, finished, transaction_id.to_string(), receipt);
        self.apply(Transition::Complete, edits).await?;
        Ok(Ended { received, tokens, transaction_id, return_url: None })
    }

    /// Fetches the signatures of this plan's outputs that another device with the same seed has used. Their
    /// tokens belong to this wallet too, unless the other device has spent them. The returned counters are
    /// past these outputs.
    pub(super) async fn signed_elsewhere(
        &self,
        plan: &Plan,
        blinded: &Blinded,
    ) -> Result<(Counters, Vec<Finished>), WalletError> {
        let request = RestoreRequest { outputs: blinded.hashes() };
        let restored = self.restore_signatures(&request).await;
        let restored = restored.map_err(|_| WalletError::Pending)?;
        let (finished, _) = self.finish(plan.outputs(), blinded, &restored.blind_signatures).await;
        Ok((self.counters_after(plan.outputs(), true), finished))
    }
}

/// Returns the input that the mint reported as already spent. It is worthless.
fn spent_input(plan: &Plan, problem: &Problem) -> Option<TokenMessage> {
    let spent = problem.code == ErrorCode::TokenAlreadySpent;
    problem.index.filter(|_| spent).and_then(|index| plan.inputs().get(index).copied())
}
