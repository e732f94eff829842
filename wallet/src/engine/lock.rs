//! Sets, changes and removes the passphrase on this device, and checks it when the wallet is opened.

use super::Wallet;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::lock::{Lock, MIN_PASSPHRASE_CHARS, Unlock};
use crate::seal::DataKey;
use crate::store::{Edit, Record, Store, Transition, WalletState, find_lock};
use ecash_core::seed::Mnemonic;

/// Opens the data key of a locked wallet. Returns `None` if the store holds no wallet or an unlocked one.
pub(super) async fn open_data_key(
    records: &[Record],
    device: &impl Device,
    unlock: Option<Unlock<'_>>,
) -> Result<Option<DataKey>, WalletError> {
    let Some(lock) = find_lock(records)? else { return Ok(None) };
    let opened = match unlock {
        None => return Err(WalletError::Locked),
        Some(Unlock::Passphrase(passphrase)) => {
            lock.open_with_passphrase(device, passphrase).await.map_err(WalletError::Stretch)?
        }
        Some(Unlock::Words(words)) => {
            let mnemonic = Mnemonic::parse(words).map_err(WalletError::Mnemonic)?;
            lock.open_with_words(&mnemonic.seed())
        }
    };
    opened.map(Some).ok_or(WalletError::DoesNotOpen)
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Returns whether a passphrase locks the wallet on this device.
    pub fn is_protected(&self) -> bool {
        self.state().wallet.as_ref().is_some_and(|wallet| wallet.lock.is_some())
    }

    /// Locks the wallet on this device with a passphrase. `current` is the passphrase that it replaces, if
    /// there is one.
    ///
    /// # Errors
    /// [`WalletError::PassphraseTooShort`]; [`WalletError::DoesNotOpen`] if `current` is wrong;
    /// [`WalletError::Stretch`] if the device cannot stretch it; [`WalletError::Store`] if the store cannot
    /// be written. On an error, nothing is changed.
    pub async fn set_passphrase(&self, current: Option<&str>, new: &str) -> Result<(), WalletError> {
        if new.chars().count() < MIN_PASSPHRASE_CHARS {
            return Err(WalletError::PassphraseTooShort);
        }
        self.check_passphrase(current).await?;
        let _turn = self.turn.lock().await;
        let seed = self.seed()?;
        let data_key = DataKey::random(&self.device).map_err(|_| WalletError::Entropy)?;
        let lock = Lock::new(&self.device, &data_key, new, &seed).await?;
        self.seal_again(data_key, Some(lock)).await
    }

    /// Removes the passphrase. Anyone with access to the device can then spend the money.
    ///
    /// # Errors
    /// [`WalletError::DoesNotOpen`] if `current` is wrong; [`WalletError::Store`] if the store cannot be
    /// written. On an error, nothing is changed.
    pub async fn remove_passphrase(&self, current: &str) -> Result<(), WalletError> {
        self.check_passphrase(Some(current)).await?;
        self.remove_lock().await
    }

    pub(super) async fn remove_lock(&self) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        let data_key = DataKey::random(&self.device).map_err(|_| WalletError::Entropy)?;
        self.seal_again(data_key, None).await
    }

    /// Checks the passphrase. Succeeds if the wallet is not locked.
    async fn check_passphrase(&self, current: Option<&str>) -> Result<(), WalletError> {
        let lock = self.state().wallet.as_ref().ok_or(WalletError::NoWallet)?.lock.clone();
        let Some(lock) = lock else { return Ok(()) };
        let current = current.ok_or(WalletError::DoesNotOpen)?;
        let opened = lock.open_with_passphrase(&self.device, current).await.map_err(WalletError::Stretch)?;
        opened.map(drop).ok_or(WalletError::DoesNotOpen)
    }

    /// Seals every record under a new data key, in one change. Browsers keep replaced records for a while, so
    /// the earlier key and phrase can still be found there (see SECURITY.md). The SDK's store overwrites
    /// them.
    async fn seal_again(&self, data_key: DataKey, lock: Option<Lock>) -> Result<(), WalletError> {
        let edits = self.state().edits();
        let again = edits.into_iter().map(|edit| match edit {
            Edit::Wallet(wallet) => {
                Edit::Wallet(WalletState { data_key: data_key.clone(), lock: lock.clone(), ..wallet })
            }
            other => other,
        });
        self.apply(Transition::SetLock, again.collect()).await
    }
}
