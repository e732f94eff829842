//! The edits that begin and end a plan. Each function returns or applies all edits of one transition. A plan,
//! its tokens, its counters and its activity therefore always change together.

use super::Wallet;
use super::outputs::{Counters, Finished, counter_edits};
use crate::activity::{Activity, ActivityKind, ActivityState, EndReason};
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Plan, PlanId, PlanKind};
use crate::store::{Edit, OwnToken, Store, TokenState, Transition};
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::receipt::SignedReceipt;
use ecash_core::token::TokenMessage;
use ecash_core::{Amount, base64url};

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Returns a plan with a random id and a random idempotency key. Nothing is stored yet.
    pub(super) fn new_plan(&self, amount: Amount, kind: PlanKind) -> Result<Plan, WalletError> {
        Ok(Plan {
            plan_id: self.new_id()?,
            origin: self.origin.clone(),
            idempotency_key: IdempotencyKey::from_random(&self.random_bytes()?),
            amount,
            kind,
            dispute: None,
        })
    }

    /// Returns a random id of a plan or activity.
    pub(super) fn new_id(&self) -> Result<PlanId, WalletError> {
        Ok(PlanId(base64url::encode(&self.random_bytes()?)))
    }

    /// Returns the activity that shows a new plan.
    pub(super) fn new_activity(&self, plan: &Plan, kind: ActivityKind) -> Activity {
        let merchant_id = match &plan.kind {
            PlanKind::Redeem { merchant_id, .. } => Some(merchant_id.clone()),
            _ => None,
        };
        Activity { merchant_id, ..self.pending_activity(plan.plan_id.clone(), plan.amount, kind) }
    }

    /// Returns a pending activity that begins now.
    pub(super) fn pending_activity(&self, id: PlanId, amount: Amount, kind: ActivityKind) -> Activity {
        Activity {
            id,
            kind,
            amount,
            state: ActivityState::Pending,
            at: self.device.now().rounded_to_minute(),
            number: self.state().next_activity_number(),
            merchant_id: None,
            payment: None,
            transaction_id: None,
            note: None,
            end_reason: None,
        }
    }

    /// Stores a plan with its counters, its reserved tokens and its activity. Nothing may be sent before this
    /// returns.
    pub(super) async fn begin(
        &self,
        plan: &Plan,
        counters: Counters,
        activity: Activity,
    ) -> Result<(), WalletError> {
        self.apply(Transition::Begin, self.begin_edits(plan, counters, activity)).await
    }

    pub(super) fn begin_edits(&self, plan: &Plan, counters: Counters, activity: Activity) -> Vec<Edit> {
        let mut edits = vec![Edit::Plan(plan.clone())];
        edits.extend(counter_edits(counters));
        edits.extend(self.token_state_edits(plan.inputs(), &TokenState::Reserved(plan.plan_id.clone())));
        edits.push(Edit::Activity(activity));
        edits
    }

    /// Returns the edits for a plan that the mint committed: drop its inputs, and add the finished outputs as
    /// tokens.
    pub(super) fn complete_edits(
        &self,
        plan: &Plan,
        finished: Vec<Finished>,
        transaction_id: String,
        receipt: Option<SignedReceipt>,
    ) -> Vec<Edit> {
        let mut edits = vec![Edit::DropPlan(plan.plan_id.clone())];
        edits.extend(plan.inputs().iter().map(|id| Edit::DropToken(*id)));
        edits.extend(finished.into_iter().map(own_token));
        edits.extend(counter_edits(self.counters_after(plan.outputs(), true)));
        let mut activity = self.activity_with(plan, ActivityState::Done, Some(transaction_id), None);
        if let Some(paid) = activity.as_mut().and_then(|activity| activity.payment.as_mut()) {
            paid.receipt = receipt;
        }
        edits.extend(activity.map(Edit::Activity));
        edits
    }

    /// Returns the edits for a plan that the mint did not commit and never will: make its inputs available
    /// again, except those in `spent`, which the mint reported as already spent.
    pub(super) fn abandon_edits(
        &self,
        plan: &Plan,
        spent: &[TokenMessage],
        reason: Option<EndReason>,
        counters: Counters,
    ) -> Vec<Edit> {
        let freed: Vec<_> = plan.inputs().iter().filter(|id| !spent.contains(id)).copied().collect();
        let mut edits = vec![Edit::DropPlan(plan.plan_id.clone())];
        edits.extend(self.token_state_edits(&freed, &TokenState::Available));
        edits.extend(spent.iter().map(|id| Edit::DropToken(*id)));
        edits.extend(counter_edits(counters));
        edits.extend(self.activity_edit(plan, ActivityState::Cancelled, None, reason));
        edits
    }

    pub(super) fn activity_edit(
        &self,
        plan: &Plan,
        activity_state: ActivityState,
        transaction_id: Option<String>,
        end_reason: Option<EndReason>,
    ) -> Option<Edit> {
        self.activity_with(plan, activity_state, transaction_id, end_reason).map(Edit::Activity)
    }

    fn activity_with(
        &self,
        plan: &Plan,
        activity_state: ActivityState,
        transaction_id: Option<String>,
        end_reason: Option<EndReason>,
    ) -> Option<Activity> {
        let activity = self.state().activity.get(&plan.plan_id)?.clone();
        Some(Activity { state: activity_state, transaction_id, end_reason, ..activity })
    }

    fn token_state_edits(&self, ids: &[TokenMessage], token_state: &TokenState) -> Vec<Edit> {
        let state = self.state();
        let own = ids.iter().filter_map(|id| state.tokens.get(id));
        own.map(|own| Edit::Token(OwnToken { state: token_state.clone(), ..own.clone() })).collect()
    }
}

/// Returns the edit that adds a finished output as an available token.
pub(super) fn own_token(finished: Finished) -> Edit {
    Edit::Token(OwnToken {
        token: finished.token,
        denomination: finished.denomination,
        state: TokenState::Available,
    })
}
