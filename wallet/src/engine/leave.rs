//! Leave: removes the wallet from this device after showing its recovery phrase.

use super::Wallet;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::snapshot::Snapshot;
use crate::store::{Change, Store, Transition};

/// Proof that [`Wallet::words_before_leaving`] returned the recovery phrase. [`Wallet::leave`] requires it,
/// so a wallet cannot be removed before its phrase could be shown.
#[derive(Debug)]
pub struct WordsShown(());

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Returns whether the wallet may hold money, on this device or in its account: it has tokens, plans,
    /// activity or an account. An unused wallet can be replaced without loss.
    pub fn is_used(&self) -> bool {
        let state = self.state();
        let has_account = state.mint.as_ref().is_some_and(|mint| mint.account_id.is_some());
        has_account || !state.tokens.is_empty() || !state.plans.is_empty() || !state.activity.is_empty()
    }

    /// Returns the recovery phrase, to show before the wallet is removed, and the proof that
    /// [`Wallet::leave`] requires.
    ///
    /// # Errors
    /// [`WalletError::NoWallet`] if the store holds no wallet.
    pub fn words_before_leaving(&self) -> Result<(Vec<&'static str>, WordsShown), WalletError> {
        Ok((self.recovery_phrase()?, WordsShown(())))
    }

    /// Removes the wallet from this device.
    ///
    /// The recovery phrase restores the account and the tokens, but not the activity.
    ///
    /// # Errors
    /// [`WalletError::UnfinishedReceipt`] while received tokens are not swapped yet: their plan may be the
    /// only copy. [`WalletError::Store`] if the records cannot be deleted. On an error, nothing is removed.
    pub async fn leave(&self, _: WordsShown) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        if self.state().plans.values().any(|plan| !plan.received_tokens().is_empty()) {
            return Err(WalletError::UnfinishedReceipt);
        }
        let writes = self.state().deletes();
        self.store.apply(&Change { transition: Transition::Leave, writes }).await?;
        *self.state() = Snapshot::default();
        Ok(())
    }
}
