//! Disputes: the mint committed a plan and signed some of its outputs wrongly.
//!
//! The inputs are spent, so the plan cannot be abandoned; the good outputs are the wallet's at once, the others stay in
//! the plan as missing, with the mint's answer. Each resume asks the mint for them again.

use super::Wallet;
use super::connect::unreachable;
use super::execute::{Ended, own_token};
use super::outputs::{Finished, counter_edits};
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Dispute, Plan, PlanId, PlannedOutput};
use crate::snapshot::ActivityState;
use crate::store::{Edit, Store, Transition};
use ecash_core::Amount;
use ecash_core::wire::RestoreRequest;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// What the mint has stored for outputs: those that finalize now, and those that still do not.
    pub(super) async fn restore_outputs(
        &self,
        outputs: &[PlannedOutput],
    ) -> Result<(Vec<Finished>, Vec<PlannedOutput>), WalletError> {
        let blinded = self.blind(outputs).await?;
        let request = RestoreRequest { outputs: blinded.requests() };
        let restored = self.ask_for(&request).await.map_err(unreachable);
        // Without an answer nothing is known: the plan waits, and is sent again.
        let restored = restored.map_err(|_| WalletError::Pending)?;
        let (finished, _) = self.finish(outputs, &blinded, &restored.blind_signatures).await;
        let found = |output: &&PlannedOutput| finished.iter().any(|finished| finished.output == **output);
        let missing = outputs.iter().filter(|output| !found(output)).cloned().collect();
        Ok((finished, missing))
    }

    /// Keeps a plan as disputed. The good outputs come in; the inputs stay reserved, as evidence.
    pub(super) async fn dispute(
        &self,
        plan: &Plan,
        dispute: Dispute,
        finished: Vec<Finished>,
    ) -> Result<Ended, WalletError> {
        let transaction_id = dispute.transaction_id.to_string();
        let disputed = Plan { dispute: Some(dispute), ..plan.clone() };
        let mut edits = vec![Edit::Plan(disputed)];
        edits.extend(finished.into_iter().map(own_token));
        edits.extend(counter_edits(self.counters_after(plan.outputs(), true)));
        edits.extend(self.activity_edit(plan, ActivityState::Disputed, Some(transaction_id), None));
        self.apply(Transition::Dispute, edits).await?;
        Err(WalletError::Disputed(plan.plan_id.clone()))
    }

    /// Asks for the missing signatures again, and ends the plan once there are none.
    pub(super) async fn settle_dispute(&self, plan: &Plan, dispute: &Dispute) -> Result<Ended, WalletError> {
        let (finished, missing) = self.restore_outputs(&dispute.missing).await?;
        if !missing.is_empty() {
            if finished.is_empty() {
                return Err(WalletError::Disputed(plan.plan_id.clone()));
            }
            return self.dispute(plan, Dispute { missing, ..dispute.clone() }, finished).await;
        }
        let received = Amount::sum(finished.iter().map(|finished| finished.denomination.amount()));
        let received = received.map_err(|_| WalletError::MintFault("it sent more than any amount"))?;
        let tokens = finished.iter().map(Finished::held).collect();
        let mut edits = vec![Edit::DropPlan(plan.plan_id.clone())];
        edits.extend(plan.inputs().iter().map(|id| Edit::DropToken(*id)));
        edits.extend(finished.into_iter().map(own_token));
        let transaction_id = Some(dispute.transaction_id.to_string());
        edits.extend(self.activity_edit(plan, ActivityState::Done, transaction_id, None));
        self.apply(Transition::Complete, edits).await?;
        Ok(Ended { received, tokens, transaction_id: dispute.transaction_id.clone() })
    }

    /// What proves a dispute, as JSON: the outputs as they were blinded, and what the mint answered. It holds nothing
    /// that could be spent.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] if the plan is not there, or not disputed.
    pub async fn dispute_evidence(&self, plan_id: &PlanId) -> Result<String, WalletError> {
        let plan = self.plan(plan_id).ok_or(WalletError::PlanEnded)?;
        let dispute = plan.dispute.as_ref().ok_or(WalletError::PlanEnded)?;
        let evidence = serde_json::json!({
            "mint": plan.origin,
            "transaction_id": dispute.transaction_id,
            "amount_minor": plan.amount,
            "outputs": self.blind(plan.outputs()).await?.requests(),
            "blind_signatures": dispute.blind_signatures,
        });
        Ok(format!("{evidence:#}"))
    }
}
