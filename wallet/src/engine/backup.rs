//! Backup: whether the person has the recovery phrase, and when to remind them.

use super::Wallet;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::store::{Backup, Edit, Store, Transition, WalletState};

/// Remind again once the balance is this multiple of the balance at the last postponement.
const REMIND_AT_TIMES: u64 = 3;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Whether the person has shown that they have the recovery phrase: by restoring from it, or by [`Wallet::check_words`].
    pub fn has_backup(&self) -> bool {
        self.state().wallet.as_ref().is_some_and(|wallet| wallet.backup.words_checked)
    }

    /// Whether to ask the person now to write the recovery phrase down: the wallet holds money that nothing else would bring
    /// back, and much more than when they last put it off.
    pub fn should_remind_of_backup(&self) -> bool {
        // Without a sum to compare, say nothing: the balance itself says what is wrong.
        let Ok(balance) = self.balance() else { return false };
        let held = balance.available.minor();
        let state = self.state();
        let Some(wallet) = &state.wallet else { return false };
        let much_more = held / REMIND_AT_TIMES >= wallet.backup.reminded_at.minor();
        !wallet.backup.words_checked && held > 0 && much_more
    }

    /// Compares words of the recovery phrase that the person typed, each with its number from 1, and remembers if all are right.
    /// Returns whether they are.
    ///
    /// # Errors
    /// [`WalletError::NoWallet`]; [`WalletError::Store`] if it cannot be remembered.
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

    /// Puts the reminder off, until the wallet holds much more.
    ///
    /// # Errors
    /// [`WalletError::NoWallet`]; [`WalletError::Store`] if it cannot be remembered.
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
