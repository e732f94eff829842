//! Withdraw: debits the account and issues tokens.

use super::Wallet;
use super::outputs::Counters;
use crate::activity::ActivityKind;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::PlanKind;
use crate::selection::TokenCounts;
use crate::snapshot::HeldToken;
use crate::store::Store;
use ecash_core::keys::Keyset;
use ecash_core::seed::Chain;
use ecash_core::{Amount, Denomination};

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Withdraws `amount` in the fewest tokens.
    ///
    /// # Errors
    /// [`WalletError::NotPayable`] and [`WalletError::TooManyTokens`] before anything is sent,
    /// [`WalletError::Refused`] if the account holds less, [`WalletError::Pending`] if the mint does not
    /// respond.
    pub async fn withdraw(&self, amount: Amount) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        // Open the account before storing a plan: without an account the plan could be neither completed nor
        // cancelled.
        self.open_account().await?;
        let keyset = self.issuing_keyset().await?;
        let counts = self.token_counts_for(&keyset, amount)?;
        self.withdraw_tokens(&keyset, amount, &counts).await.map(drop)
    }

    /// Withdraws `amount` in tokens of one denomination, and returns them.
    ///
    /// # Errors
    /// As in [`Wallet::withdraw`]. Also [`WalletError::NotPayable`] if the mint has no such denomination or
    /// the amount is not a multiple of it.
    pub async fn withdraw_in(
        &self,
        amount: Amount,
        denomination: Denomination,
    ) -> Result<Vec<HeldToken>, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        // Open the account before storing a plan: without an account the plan could be neither completed nor
        // cancelled.
        self.open_account().await?;
        let keyset = self.issuing_keyset().await?;
        let count = amount.minor() / denomination.minor();
        let whole =
            amount.minor().is_multiple_of(denomination.minor()) && keyset.key_of(denomination).is_some();
        if !whole {
            return Err(WalletError::NotPayable(keyset.currency.money(amount)));
        }
        let count = usize::try_from(count).ok().filter(|count| *count <= super::MAX_TOKENS);
        let count = count.ok_or(WalletError::TooManyTokens(super::MAX_TOKENS))?;
        self.withdraw_tokens(&keyset, amount, &TokenCounts::from([(denomination, count)])).await
    }

    async fn withdraw_tokens(
        &self,
        keyset: &Keyset,
        amount: Amount,
        counts: &TokenCounts,
    ) -> Result<Vec<HeldToken>, WalletError> {
        let (outputs, counters) = self.allocate(keyset, counts, Chain::Withdraw, Counters::new())?;
        let plan = self.new_plan(amount, PlanKind::Withdraw { outputs })?;
        self.begin(&plan, counters, self.new_activity(&plan, ActivityKind::Withdraw)).await?;
        self.execute_then_found(&plan).await.map(|ended| ended.tokens)
    }
}
