//! Pay: exactly the amount, with change before if needed.

use super::Wallet;
use super::outputs::Counters;
use crate::api::MintApi;
use crate::coins::{self, Choice, Pieces};
use crate::error::WalletError;
use crate::host::Host;
use crate::plan::{Plan, PlanKind, SwapReason};
use crate::snapshot::ActivityKind;
use crate::store::{OwnToken, Store};
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, Denomination, TransactionId};

/// One swap makes change; more only make few tokens of very many.
const MAX_SWAPS: usize = 8;

/// A payment that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The mint's name of it.
    pub transaction_id: TransactionId,
    /// How much.
    pub amount: Amount,
}

impl<S: Store, A: MintApi, H: Host> Wallet<S, A, H> {
    /// Pays a merchant exactly `amount`.
    ///
    /// # Errors
    /// [`WalletError`]; it says what happened to the money. After [`WalletError::Pending`] the
    /// payment may have been made: [`Wallet::confirm`] or [`Wallet::cancel`] tells.
    pub async fn pay(&self, merchant_id: &AccountId, amount: Amount) -> Result<Payment, WalletError> {
        let _turn = self.turn.lock().await;
        let inputs = self.exact_tokens(amount).await?;
        let plan = Plan {
            plan_id: self.plan_id()?,
            origin: self.origin.clone(),
            idempotency_key: IdempotencyKey::from_random(&self.random_name()?),
            amount,
            kind: PlanKind::Redeem { inputs, merchant_id: merchant_id.clone() },
        };
        self.begin(&plan, Counters::new(), self.new_activity(&plan, ActivityKind::Pay)).await?;
        let ended = self.execute(&plan).await?;
        Ok(Payment { transaction_id: ended.transaction_id, amount })
    }

    /// Tokens worth exactly `amount`; swaps before if there is no exact choice, or only one of too
    /// many tokens.
    async fn exact_tokens(&self, amount: Amount) -> Result<Vec<TokenMessage>, WalletError> {
        let keyset = self.issuing_keyset().await?;
        let denominations: Vec<_> = keyset.keys.iter().map(|key| key.denomination).collect();
        for _ in 0..MAX_SWAPS {
            let available = self.state().pieces(self.host.now());
            let total = coins::sum(&available).map_err(|_| WalletError::NotPayable(amount))?;
            if total < amount || amount.is_zero() {
                return Err(WalletError::InsufficientFunds { available: total, wanted: amount });
            }
            let choice = coins::choose(amount, &available, &denominations, super::MAX_PIECES);
            match choice.ok_or(WalletError::NotPayable(amount))? {
                Choice::Exact(pieces) => return Ok(self.take(&pieces)),
                Choice::SwapFirst { swap, into } => {
                    let value = coins::sum(&swap).map_err(|_| WalletError::NotPayable(amount))?;
                    self.swap_own(self.take(&swap), value, &into, SwapReason::Change).await?;
                }
            }
        }
        Err(WalletError::NotPayable(amount))
    }

    /// Tokens of these denominations, oldest keyset first.
    pub(super) fn take(&self, pieces: &Pieces) -> Vec<TokenMessage> {
        let state = self.state();
        let spendable = state.spendable(self.host.now());
        let of = |denomination: &Denomination, count: usize| {
            let denomination = *denomination;
            spendable.iter().filter(move |own: &&&OwnToken| own.denomination == denomination).take(count)
        };
        pieces
            .iter()
            .flat_map(|(denomination, count)| of(denomination, *count))
            .map(|own| own.token.message())
            .collect()
    }
}
