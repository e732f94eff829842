//! Backup: whether the user has written down the recovery phrase, and when to remind them.

use super::Wallet;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::store::{Backup, Edit, Store, Transition, WalletState};

/// Remind again once the balance is this multiple of the balance at the last postponement.
const REMIND_AT_TIMES: u64 = 3;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Returns whether the user has proved that they have the recovery phrase, by restoring from it or by
    /// [`Wallet::check_words`].
    pub fn has_backup(&self) -> bool {
        self.state().wallet.as_ref().is_some_and(|wallet| wallet.backup.words_checked)
    }

    /// Returns whether to ask the user now to write down the recovery phrase. This is the case if the wallet
    /// holds money without a backup, and much more than when the user last postponed it.
    pub fn should_remind_of_backup(&self) -> bool {
        // Without a sum there is nothing to compare. The caller's own read of the balance reports the error.
        let Ok(balance) = self.balance() else { return false };
        let held = balance.available.minor();
        let state = self.state();
        let Some(wallet) = &state.wallet else { return false };
        let much_more = held / REMIND_AT_TIMES >= wallet.backup.reminded_at.minor();
        !wallet.backup.words_checked && held > 0 && much_more
    }

    /// Compares words of the recovery phrase that the user typed, each with its number from 1. Stores the
    /// backup as done if all are correct, and returns whether they are.
    ///
    /// # Errors
    /// [`WalletError::NoWallet`]; [`WalletError::Store`] if the store cannot be written.
    pub async fn check_words(&self, typed: &[(usize, String)]) -> Result<bool, WalletError> {
        let words = self.recovery_phrase()?;
        let is_right = |(number, word): &(usize, String)| {
            number.checked_sub(1).and_then(|index| words.get(index))
                == Some(&word.trim().to_lowercase().as_str())
        };
        if typed.is_empty() || !typed.iter().all(is_right) {
            return Ok(false);
        }
        self.save_backup(|backup| Backup { words_checked: true, ..backup }).await?;
        Ok(true)
    }

    /// Postpones the reminder until the wallet holds much more.
    ///
    /// # Errors
    /// [`WalletError::NoWallet`]; [`WalletError::Store`] if the store cannot be written.
    pub async fn put_backup_off(&self) -> Result<(), WalletError> {
        let reminded_at = self.balance()?.available;
        self.save_backup(|backup| Backup { reminded_at, ..backup }).await
    }

    async fn save_backup(&self, change: impl FnOnce(Backup) -> Backup) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        let wallet = self.state().wallet.clone().ok_or(WalletError::NoWallet)?;
        let wallet = WalletState { backup: change(wallet.backup), ..wallet };
        self.apply(Transition::SaveBackup, vec![Edit::Wallet(wallet)]).await
    }
}
