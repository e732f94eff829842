//! Found tokens: tokens of this seed that another device withdrew or swapped. They are received like another
//! wallet's tokens, so spent ones are dropped and only swapped ones count.

use super::Wallet;
use super::outputs::{Counters, Finished};
use super::recover::opening;
use crate::activity::ActivityKind;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Plan, PlanId};
use crate::snapshot::Snapshot;
use crate::store::{Edit, Store};
use ecash_core::InstitutionId;
use ecash_core::wire::TokenInfo;
use std::collections::BTreeSet;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Plans to receive found tokens. Returns the counters and edits to store in the transition that abandons
    /// the plan which collided with them. `counters` contains those that this transition has already changed.
    pub(super) async fn plan_found(
        &self,
        found: Vec<Finished>,
        counters: Counters,
    ) -> Result<(Counters, Vec<Edit>), WalletError> {
        let tokens = self.not_held(&found)?;
        if tokens.is_empty() {
            return Ok((counters, Vec::new()));
        }
        let (plan, counters) = self.plan_receive(tokens, counters).await?;
        let activity = self.new_activity(&plan, ActivityKind::Restore);
        // The counters are returned, to be stored with those of the caller.
        Ok((counters, self.begin_edits(&plan, Counters::new(), activity)))
    }

    /// Returns the found tokens that this wallet does not hold yet.
    pub(super) fn not_held(&self, found: &[Finished]) -> Result<Vec<TokenInfo>, WalletError> {
        let institution_id = self.mint().ok_or(WalletError::NoMint)?.institution_id;
        let state = self.state();
        let new = found.iter().filter(|found| !state.tokens.contains_key(&found.token.message()));
        new.map(|found| self.info_of_found(found, &state, &institution_id)).collect()
    }

    /// Returns the token for a swap request, with an opening if its keyset was revoked. The opening reveals
    /// nothing new to the mint, which has just listed the outputs that it signed.
    fn info_of_found(
        &self,
        found: &Finished,
        state: &Snapshot,
        institution_id: &InstitutionId,
    ) -> Result<TokenInfo, WalletError> {
        let mut info = TokenInfo::new(&found.token, found.denomination, institution_id);
        let key_id = &found.token.key_id;
        if state.is_revoked(key_id, self.device.now()) {
            let key = state.keyset_of(key_id).and_then(|keyset| keyset.key(key_id));
            let key = key.ok_or(WalletError::InvalidToken)?;
            let seed = &state.wallet.as_ref().ok_or(WalletError::NoWallet)?.seed;
            info.opening = Some(opening(seed, key, found.output.name())?);
        }
        Ok(info)
    }

    /// Runs the plans of found tokens, including tokens that are found meanwhile. A plan that does not end
    /// stays for the next resume.
    pub(super) async fn run_found(&self) {
        let mut tried = BTreeSet::new();
        while let Some(plan) = self.next_found(&tried) {
            tried.insert(plan.plan_id.clone());
            let result = self.run_receive(plan).await;
            if let Err(WalletError::Store(_) | WalletError::StoreAfterSending(_)) = result {
                return;
            }
        }
    }

    fn next_found(&self, tried: &BTreeSet<PlanId>) -> Option<Plan> {
        let state = self.state();
        let is_found = |plan: &&Plan| {
            let activity = state.activity.get(&plan.plan_id);
            let restores = activity.is_some_and(|activity| activity.kind == ActivityKind::Restore);
            restores && !tried.contains(&plan.plan_id)
        };
        state.plans.values().find(is_found).cloned()
    }
}
