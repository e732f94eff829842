//! Backup: whether the user has written down the recovery phrase or keeps a backup file, and when to remind
//! them.

use super::Wallet;
use crate::activity::{Activity, ActivityState};
use crate::api::MintApi;
use crate::backup_file::{self, Content};
use crate::device::Device;
use crate::error::WalletError;
use crate::store::{Backup, Edit, Store, Transition, WalletState};
use ecash_core::seed::Mnemonic;

/// Remind again once the balance is this multiple of the balance at the last postponement.
const REMIND_AT_TIMES: u64 = 3;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Returns whether the user has proved that they have the recovery phrase, by restoring from it or by
    /// [`Wallet::check_words`], or keeps a backup file.
    pub fn has_backup(&self) -> bool {
        self.state().wallet.as_ref().is_some_and(|wallet| wallet.backup.exists())
    }

    /// Returns whether the user has proved that they have the recovery phrase. Only that opens a wallet whose
    /// passphrase was forgotten.
    pub fn has_phrase(&self) -> bool {
        self.state().wallet.as_ref().is_some_and(|wallet| wallet.backup.words_checked)
    }

    /// Returns a backup file: the recovery phrase, the mint and the history, encrypted under `passphrase`. It
    /// restores all money, also what is received later, and the history up to now. It needs no lock: the
    /// passphrase of the file is its own.
    ///
    /// # Errors
    /// [`WalletError::PassphraseTooShort`]; [`WalletError::Stretch`] if the device cannot stretch it.
    pub async fn backup_file(&self, passphrase: &str) -> Result<String, WalletError> {
        let content = {
            let state = self.state();
            let wallet = state.wallet.as_ref().ok_or(WalletError::NoWallet)?;
            let words: Vec<_> = wallet.mnemonic.words().collect();
            // A pending or disputed activity belongs to a plan, which the file does not contain: its outcome is
            // found at the mint.
            let is_over = |activity: &&Activity| {
                !matches!(activity.state, ActivityState::Pending | ActivityState::Disputed)
            };
            let ended = state.activity.values().filter(is_over);
            Content {
                recovery_phrase: words.join(" ").into(),
                mint: self.origin.clone(),
                made_at: self.device.now(),
                activities: ended.cloned().collect(),
            }
        };
        backup_file::seal(&self.device, passphrase, &content).await
    }

    /// Stores that the user keeps the backup file.
    ///
    /// # Errors
    /// [`WalletError::NoWallet`]; [`WalletError::Store`] if the store cannot be written.
    pub async fn keep_backup_file(&self) -> Result<(), WalletError> {
        self.save_backup(|backup| Backup { file_kept: true, ..backup }).await
    }

    /// Creates a wallet from a backup file, with the file's history. [`Wallet::restore`] then restores its
    /// tokens. An existing wallet is treated as by [`Wallet::restore_from_phrase`].
    ///
    /// # Errors
    /// [`WalletError::BackupFile`] if the text is no backup file; [`WalletError::DoesNotOpen`] if the
    /// passphrase is wrong; [`WalletError::OtherOrigin`] if the file is of a wallet of another mint; otherwise
    /// those of [`Wallet::restore_from_phrase`].
    pub async fn restore_from_file(&self, text: &str, passphrase: &str) -> Result<(), WalletError> {
        let content = backup_file::open(&self.device, passphrase, text).await?;
        if content.mint != self.origin {
            return Err(WalletError::OtherOrigin(content.mint.to_string()));
        }
        let mnemonic = Mnemonic::parse(&content.recovery_phrase).map_err(WalletError::Mnemonic)?;
        self.create_restored(mnemonic, Backup { file_kept: true, ..Backup::default() }).await?;
        let _turn = self.turn.lock().await;
        // The wallet's own history is newer than the file's.
        let missing: Vec<_> = {
            let state = self.state();
            let is_missing = |activity: &Activity| !state.activity.contains_key(&activity.id);
            content.activities.into_iter().filter(is_missing).map(Edit::Activity).collect()
        };
        self.apply(Transition::SaveBackup, missing).await
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
        !wallet.backup.exists() && held > 0 && much_more
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
