//! Resume: retries the pending plans, and confirms or cancels single ones.

use super::Wallet;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Plan, PlanId, PlanKind};
use crate::store::{Store, Transition};

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Resumes every pending plan. Payments are cancelled, or completed if the mint has committed them. All
    /// other plans are sent again. Call this at start and when the mint is reachable again. Returns the
    /// number of plans that are still pending, without disputed ones.
    ///
    /// # Errors
    /// [`WalletError::Store`] or [`WalletError::StoreAfterSending`] if the store fails. Other failures leave
    /// the plan pending.
    pub async fn resume(&self) -> Result<usize, WalletError> {
        let _turn = self.turn.lock().await;
        self.resume_plans().await
    }

    /// [`Wallet::resume`] for a caller that holds `turn`.
    pub(super) async fn resume_plans(&self) -> Result<usize, WalletError> {
        let plan_ids: Vec<PlanId> = self.state().plans.keys().cloned().collect();
        for plan_id in plan_ids {
            // The end of an earlier plan may have ended this one too.
            let Some(plan) = self.plan(&plan_id) else { continue };
            let result = match &plan.kind {
                PlanKind::Redeem { .. } => self.end_by_cancel(&plan).await.map(drop),
                PlanKind::Receive { .. } => self.run_receive(plan).await.map(drop),
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

    /// Sends a pending plan again instead of cancelling it, for a payment that the user still wants to make.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] if there is no such plan; otherwise those of the operation that began it.
    pub async fn confirm(&self, plan_id: &PlanId) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        let plan = self.plan(plan_id).ok_or(WalletError::PlanEnded)?;
        match &plan.kind {
            PlanKind::Receive { .. } => self.run_receive_then_found(plan).await.map(drop),
            PlanKind::Redeem { .. } => self.execute_payment(&plan).await.map(drop),
            PlanKind::Withdraw { .. } | PlanKind::Swap { .. } | PlanKind::Claim { .. } => {
                self.execute(&plan).await.map(drop)
            }
        }
    }

    /// Cancels a pending plan. Returns true if it was cancelled, and false if the mint had committed it; it
    /// is then completed.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] if there is no such plan; [`WalletError::Pending`] if the mint does not
    /// respond.
    pub async fn cancel(&self, plan_id: &PlanId) -> Result<bool, WalletError> {
        let _turn = self.turn.lock().await;
        let plan = self.plan(plan_id).ok_or(WalletError::PlanEnded)?;
        match &plan.kind {
            // Received tokens are stored nowhere else, so such a plan can only be run to its end.
            PlanKind::Receive { .. } => self.run_receive_then_found(plan).await.map(|_| false),
            _ => self.end_by_cancel(&plan).await,
        }
    }

    /// Ends a plan by cancelling it. Returns false if the mint had committed it. Disputed plans are always
    /// committed.
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
