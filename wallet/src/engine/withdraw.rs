//! Withdraw: account money becomes tokens.

use super::Wallet;
use super::outputs::Counters;
use crate::api::MintApi;
use crate::coins::Pieces;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Plan, PlanKind};
use crate::snapshot::{Activity, ActivityKind, ActivityState, HeldToken};
use crate::store::Store;
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::seed::Chain;
use ecash_core::{Amount, Denomination};

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Withdraws `amount` in the fewest pieces.
    ///
    /// # Errors
    /// [`WalletError`]; it says what happened to the money.
    pub async fn withdraw(&self, amount: Amount) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        let keyset = self.issuing_keyset().await?;
        let pieces = self.pieces_for(&keyset, amount)?;
        self.withdraw_pieces(amount, &pieces).await.map(drop)
    }

    /// Withdraws `amount` in tokens of one denomination, and returns them.
    ///
    /// # Errors
    /// [`WalletError`].
    pub async fn withdraw_in(
        &self,
        amount: Amount,
        denomination: Denomination,
    ) -> Result<Vec<HeldToken>, WalletError> {
        let _turn = self.turn.lock().await;
        let keyset = self.issuing_keyset().await?;
        let count = amount.minor() / denomination.minor();
        let whole =
            amount.minor().is_multiple_of(denomination.minor()) && keyset.key_of(denomination).is_some();
        if !whole {
            return Err(WalletError::NotPayable(keyset.currency.money(amount)));
        }
        let count = usize::try_from(count).ok().filter(|count| *count <= super::MAX_PIECES);
        let count = count.ok_or(WalletError::TooManyPieces(super::MAX_PIECES))?;
        self.withdraw_pieces(amount, &Pieces::from([(denomination, count)])).await
    }

    async fn withdraw_pieces(&self, amount: Amount, pieces: &Pieces) -> Result<Vec<HeldToken>, WalletError> {
        let keyset = self.issuing_keyset().await?;
        let (outputs, counters) = self.allocate(&keyset, pieces, Chain::Withdraw, Counters::new())?;
        let plan = Plan {
            plan_id: self.plan_id()?,
            origin: self.origin.clone(),
            idempotency_key: IdempotencyKey::from_random(&self.random_name()?),
            amount,
            kind: PlanKind::Withdraw { outputs },
            dispute: None,
        };
        self.begin(&plan, counters, self.new_activity(&plan, ActivityKind::Withdraw)).await?;
        let ended = self.execute(&plan).await;
        self.carry_found().await;
        ended.map(|ended| ended.tokens)
    }

    pub(super) fn new_activity(&self, plan: &Plan, kind: ActivityKind) -> Activity {
        let merchant_id = match &plan.kind {
            PlanKind::Redeem { merchant_id, .. } => Some(merchant_id.clone()),
            _ => None,
        };
        Activity {
            id: plan.plan_id.clone(),
            kind,
            amount: plan.amount,
            state: ActivityState::Pending,
            at: self.device.now().rounded_to_minute(),
            number: self.state().next_activity_number(),
            merchant_id,
            transaction_id: None,
            note: None,
        }
    }
}
