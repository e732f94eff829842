//! Leaving a wallet: everything of it is removed from this device, after its recovery words were shown.

use super::Wallet;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::snapshot::Snapshot;
use crate::store::{Change, Store, Transition};

/// Proof that the recovery words were handed out; [`Wallet::leave`] takes it.
#[derive(Debug)]
pub struct WordsShown(());

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Whether the wallet may hold money, here or on its account: it has tokens, plans or activity, or opened an account.
    /// A wallet that is not used can be replaced without a loss.
    pub fn is_used(&self) -> bool {
        let state = self.state();
        let has_account = state.mint.as_ref().is_some_and(|mint| mint.account_id.is_some());
        has_account || !state.tokens.is_empty() || !state.plans.is_empty() || !state.activity.is_empty()
    }

    /// The recovery words, for a person who is about to leave this wallet and must keep them.
    ///
    /// # Errors
    /// [`WalletError::NoWallet`].
    pub fn words_before_leaving(&self) -> Result<(Vec<&'static str>, WordsShown), WalletError> {
        Ok((self.recovery_phrase()?, WordsShown(())))
    }

    /// Removes the wallet from this device. Its words bring everything back but the activity, and the plans that
    /// have not ended.
    ///
    /// # Errors
    /// The store's failure; then nothing was removed.
    pub async fn leave(&self, _: WordsShown) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        let writes = self.state().deletes();
        self.store.apply(&Change { transition: Transition::Leave, writes }).await?;
        *self.state() = Snapshot::default();
        Ok(())
    }
}
