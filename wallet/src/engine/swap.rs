//! Swap: exchanges tokens of this wallet for new ones of the same value.

use super::Wallet;
use super::execute::Ended;
use super::outputs::Counters;
use crate::activity::ActivityKind;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{PlanKind, SwapReason};
use crate::selection::TokenCounts;
use crate::store::Store;
use ecash_core::Amount;
use ecash_core::keys::Keyset;
use ecash_core::seed::Chain;
use ecash_core::token::TokenMessage;

/// Maximum number of tokens in one swap where the wallet itself swaps many: after a restore, before they
/// expire, or after a revocation. Small swaps in random order reveal little about which tokens belong together.
pub(super) const SWAP_BATCH: usize = 8;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Swaps `inputs`, worth `amount`, for `counts` of the same value in tokens of `keyset`.
    pub(super) async fn swap_own(
        &self,
        keyset: &Keyset,
        inputs: Vec<TokenMessage>,
        amount: Amount,
        counts: &TokenCounts,
        reason: SwapReason,
    ) -> Result<Ended, WalletError> {
        let (outputs, counters) = self.allocate(keyset, counts, Chain::Swap, Counters::new())?;
        let kind = match reason {
            SwapReason::Change => ActivityKind::Change,
            SwapReason::Refresh | SwapReason::Recover => ActivityKind::Refresh,
        };
        let plan = self.new_plan(amount, PlanKind::Swap { inputs, outputs, reason })?;
        self.begin(&plan, counters, self.new_activity(&plan, kind)).await?;
        self.execute_then_found(&plan).await
    }
}
