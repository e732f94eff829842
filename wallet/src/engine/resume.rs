//! Resume: sends the pending plans again, until each has ended.

use super::Wallet;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Plan, PlanId, PlanKind};
use crate::store::{Store, Transition};

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Resumes every pending plan: withdrawals, swaps and receipts are sent again; payments are cancelled, or completed if
    /// the mint had committed them. Call it at start and when the mint is reachable again. Returns the number of plans that
    /// are still pending, without disputed ones.
    ///
    /// # Errors
    /// [`WalletError::Store`] or [`WalletError::StoreAfterSending`] if the store fails. Other failures leave the plan pending.
    pub async fn resume(&self) -> Result<usize, WalletError> {
        let _turn = self.turn.lock().await;
        self.resume_plans().await
    }

    /// [`Wallet::resume`] for a caller that holds the turn.
    pub(super) async fn resume_plans(&self) -> Result<usize, WalletError> {
        let plan_ids: Vec<PlanId> = self.state().plans.keys().cloned().collect();
        for plan_id in plan_ids {
            // The end of an earlier plan may have ended this one too.
            let Some(plan) = self.plan(&plan_id) else { continue };
            let result = match &plan.kind {
                PlanKind::Redeem { .. } => self.end_by_cancel(&plan).await.map(drop),
                PlanKind::Receive { .. } => self.run_receipt(plan).await.map(drop),
                PlanKind::Withdraw { .. } | PlanKind::Swap { .. } | PlanKind::Claim { .. } => {
                    self.execute(&plan).await.map(drop)
                }
            };
            if let Err(error @ (WalletError::Store(_) | WalletError::StoreAfterSending(_))) = result {
                return Err(error);
            }
        }
        self.run_found().await;
        Ok(self.state().waiting_plans())
    }

    /// Sends a pending plan again now, instead of cancelling it: a payment that is still wanted.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] if there is no such plan; else as the operation that began it.
    pub async fn confirm(&self, plan_id: &PlanId) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        let plan = self.plan(plan_id).ok_or(WalletError::PlanEnded)?;
        match &plan.kind {
            PlanKind::Receive { .. } => self.run_receipt_then_found(plan).await.map(drop),
            PlanKind::Redeem { .. } => self.execute_payment(&plan).await.map(drop),
            PlanKind::Withdraw { .. } | PlanKind::Swap { .. } | PlanKind::Claim { .. } => {
                self.execute(&plan).await.map(drop)
            }
        }
    }

    /// Cancels a pending plan. Returns true if it was cancelled, false if the mint had committed it and it is completed now.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] if there is no such plan; [`WalletError::Pending`] if the mint does not answer.
    pub async fn cancel(&self, plan_id: &PlanId) -> Result<bool, WalletError> {
        let _turn = self.turn.lock().await;
        let plan = self.plan(plan_id).ok_or(WalletError::PlanEnded)?;
        match &plan.kind {
            // Received tokens are stored nowhere else: such a plan ends only by running it.
            PlanKind::Receive { .. } => self.run_receipt_then_found(plan).await.map(|_| false),
            _ => self.end_by_cancel(&plan).await,
        }
    }

    /// Ends a plan by cancelling it. Returns false if the mint had committed it, as it has every disputed plan.
    pub(super) async fn end_by_cancel(&self, plan: &Plan) -> Result<bool, WalletError> {
        if plan.dispute.is_some() {
            return self.execute(plan).await.map(|_| false);
        }
        self.try_end_by_cancel(plan).await.map_err(WalletError::after_sending)
    }

    async fn try_end_by_cancel(&self, plan: &Plan) -> Result<bool, WalletError> {
        match self.cancel_at_mint(plan).await? {
            Some(answer) => {
                let blinded = self.blind(plan.outputs()).await?;
                self.complete(plan, &blinded, answer).await?;
                Ok(false)
            }
            None => {
                let counters = self.counters_after(plan.outputs(), false);
                let edits = self.abandon_edits(plan, &[], None, counters);
                self.apply(Transition::Abandon, edits).await?;
                Ok(true)
            }
        }
    }
}
