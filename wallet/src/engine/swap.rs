//! Swap: own tokens become other own tokens.

use super::Wallet;
use super::execute::Ended;
use super::outputs::Counters;
use crate::api::MintApi;
use crate::coins::Pieces;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Plan, PlanKind, SwapReason};
use crate::snapshot::ActivityKind;
use crate::store::Store;
use ecash_core::Amount;
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::seed::Chain;
use ecash_core::token::TokenMessage;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Swaps `inputs`, worth `amount`, into `pieces` of the same value.
    pub(super) async fn swap_own(
        &self,
        inputs: Vec<TokenMessage>,
        amount: Amount,
        pieces: &Pieces,
        reason: SwapReason,
    ) -> Result<Ended, WalletError> {
        let keyset = self.issuing_keyset().await?;
        let (outputs, counters) = self.allocate(&keyset, pieces, Chain::Swap, Counters::new())?;
        let kind = match reason {
            SwapReason::Change => ActivityKind::Change,
            SwapReason::Refresh => ActivityKind::Refresh,
        };
        let plan = Plan {
            plan_id: self.plan_id()?,
            origin: self.origin.clone(),
            idempotency_key: IdempotencyKey::from_random(&self.random_name()?),
            amount,
            kind: PlanKind::Swap { inputs, outputs, reason },
            dispute: None,
        };
        self.begin(&plan, counters, self.new_activity(&plan, kind)).await?;
        let ended = self.execute(&plan).await;
        self.carry_found().await;
        ended
    }
}
