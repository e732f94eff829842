//! Resume: every plan goes on until it ends.

use super::Wallet;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Plan, PlanId, PlanKind};
use crate::store::{Store, Transition};

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Called at start, and when the mint is back: withdrawals, swaps and receipts are sent again;
    /// payments are cancelled, or completed if they had happened. Returns how many still wait; disputed ones do not
    /// count.
    ///
    /// # Errors
    /// [`WalletError::Store`] or [`WalletError::StoreAfterSending`]; anything else leaves the plan for the next time.
    pub async fn resume(&self) -> Result<usize, WalletError> {
        let _turn = self.turn.lock().await;
        self.resume_plans().await
    }

    /// The same, by an operation whose turn it is.
    pub(super) async fn resume_plans(&self) -> Result<usize, WalletError> {
        let plan_ids: Vec<PlanId> = self.state().plans.keys().cloned().collect();
        for plan_id in plan_ids {
            // An earlier one's end may have been this one's too.
            let Some(plan) = self.plan(&plan_id) else { continue };
            let result = match &plan.kind {
                PlanKind::Redeem { .. } => self.end_by_cancel(&plan).await.map(drop),
                PlanKind::Receive { .. } => self.carry_one(plan).await.map(drop),
                PlanKind::Withdraw { .. } | PlanKind::Swap { .. } => self.execute(&plan).await.map(drop),
            };
            if let Err(error @ (WalletError::Store(_) | WalletError::StoreAfterSending(_))) = result {
                return Err(error);
            }
        }
        self.carry_found().await;
        Ok(self.state().waiting_plans())
    }

    /// Sends a pending plan again, now: a payment that the person still wants to make.
    ///
    /// # Errors
    /// [`WalletError`].
    pub async fn confirm(&self, plan_id: &PlanId) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        let plan = self.plan(plan_id).ok_or(WalletError::PlanEnded)?;
        match &plan.kind {
            PlanKind::Receive { .. } => self.carry_through(plan).await.map(drop),
            PlanKind::Redeem { .. } => self.execute_payment(&plan).await.map(drop),
            PlanKind::Withdraw { .. } | PlanKind::Swap { .. } => self.execute(&plan).await.map(drop),
        }
    }

    /// Cancels a pending payment; true if it was cancelled, false if it had been made.
    ///
    /// # Errors
    /// [`WalletError`].
    pub async fn cancel(&self, plan_id: &PlanId) -> Result<bool, WalletError> {
        let _turn = self.turn.lock().await;
        let plan = self.plan(plan_id).ok_or(WalletError::PlanEnded)?;
        match &plan.kind {
            // Received tokens are kept nowhere else: such a plan only ends by being carried out.
            PlanKind::Receive { .. } => self.carry_through(plan).await.map(|_| false),
            _ => self.end_by_cancel(&plan).await,
        }
    }

    /// Ends a plan by cancelling it: true if it was cancelled, false if it had happened. Disputed plans have happened.
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
