//! Disputes: the mint committed a plan and returned invalid blind signatures for it.
//!
//! The inputs are spent, so the plan cannot be abandoned. Outputs with valid signatures are added to the
//! wallet immediately. The others stay in the plan as missing, with the mint's response. Each resume requests
//! them again.

use super::Wallet;
use super::execute::Ended;
use super::outputs::{Finished, counter_edits};
use super::plans::own_token;
use crate::activity::ActivityState;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Dispute, Plan, PlanId, PlannedOutput};
use crate::store::{Edit, Store, Transition};
use ecash_core::wire::RestoreRequest;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Requests the mint's stored signatures of these outputs. Returns the outputs with a valid signature,
    /// and the others.
    pub(super) async fn restore_outputs(
        &self,
        outputs: &[PlannedOutput],
    ) -> Result<(Vec<Finished>, Vec<PlannedOutput>), WalletError> {
        let blinded = self.blind(outputs).await?;
        let request = RestoreRequest { outputs: blinded.hashes() };
        let restored = self.restore_signatures(&request).await;
        // Without a response the outcome is unknown. The plan is kept, to be retried.
        let restored = restored.map_err(|_| WalletError::Pending)?;
        let (finished, _) = self.finish(outputs, &blinded, &restored.blind_signatures).await;
        let found = |output: &&PlannedOutput| finished.iter().any(|finished| finished.output == **output);
        let missing = outputs.iter().filter(|output| !found(output)).cloned().collect();
        Ok((finished, missing))
    }

    /// Stores a plan as disputed, and adds its finished outputs as tokens. Its inputs stay reserved, as
    /// evidence.
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

    /// Requests the missing signatures again, and completes the plan once all are valid.
    pub(super) async fn settle_dispute(&self, plan: &Plan, dispute: &Dispute) -> Result<Ended, WalletError> {
        let (finished, missing) = self.restore_outputs(&dispute.missing).await?;
        if !missing.is_empty() {
            if finished.is_empty() {
                return Err(WalletError::Disputed(plan.plan_id.clone()));
            }
            return self.dispute(plan, Dispute { missing, ..dispute.clone() }, finished).await;
        }
        // A payment has no outputs, so it is never disputed and no receipt is lost.
        self.end_completed(plan, finished, dispute.transaction_id.clone(), None).await
    }

    /// Returns the evidence of a dispute as JSON: the blinded outputs and the mint's response. It contains
    /// nothing that can be spent.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] if there is no such plan, or it is not disputed.
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
