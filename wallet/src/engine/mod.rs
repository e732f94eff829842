//! The operations of a wallet.

mod answer;
mod backup;
mod checkout;
mod connect;
mod dispute;
mod execute;
mod found;
mod give;
mod leave;
mod lock;
mod outputs;
mod pay;
mod payer_proof;
mod payment_receipt;
mod plans;
mod receive;
mod receiving;
mod recover;
mod refresh;
mod refund;
mod restore;
mod resume;
mod swap;
mod withdraw;

pub use give::{Gift, GiftState};
pub use leave::WordsShown;
pub use pay::Payment;
pub use receive::{Preview, Received};
pub use restore::Restored;

use crate::activity::Activity;
use crate::api::MintApi;
use crate::device::{Device, Progress, Stage};
use crate::error::WalletError;
use crate::lock::Unlock;
use crate::plan::{Plan, PlanId};
use crate::seal::DataKey;
use crate::snapshot::{Balance, HeldToken, MintInfo, Snapshot};
use crate::store::{
    Backup, Change, Edit, EncodeError, OwnToken, Store, StoreError, Transition, WalletState, decode, encode,
};
use async_lock::Mutex as AsyncMutex;
use ecash_core::Origin;
use ecash_core::keys::KeyPolicy;
use ecash_core::seed::{AccountToken, Mnemonic, Seed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most tokens, and the most outputs, in one request.
pub(crate) const MAX_TOKENS: usize = ecash_core::wire::MAX_ITEMS;

/// A wallet on one store, at one mint.
///
/// Reads return immediately, from memory. Operations run one at a time: a second one waits for the first.
pub struct Wallet<S, A, D> {
    store: S,
    api: A,
    device: D,
    origin: Origin,
    policy: KeyPolicy,
    state: Mutex<Snapshot>,
    turn: AsyncMutex<()>,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Opens the wallet in the store, for the mint at `origin`.
    ///
    /// # Errors
    /// [`WalletError::Locked`] if a passphrase locks it; [`WalletError::Store`] if the store cannot be read;
    /// [`WalletError::OtherOrigin`] if it belongs to another mint.
    pub async fn open(store: S, api: A, device: D, origin: Origin) -> Result<Self, WalletError> {
        Self::open_with(store, api, device, origin, KeyPolicy::Real, None).await
    }

    /// Opens a wallet that may be locked. Opening with the recovery phrase removes the lock.
    ///
    /// # Errors
    /// [`WalletError::DoesNotOpen`] if `unlock` is wrong, [`WalletError::Mnemonic`] if its words are not a
    /// recovery phrase, and those of [`Wallet::open`].
    pub async fn open_locked(
        store: S,
        api: A,
        device: D,
        origin: Origin,
        unlock: Unlock<'_>,
    ) -> Result<Self, WalletError> {
        let wallet = Self::open_with(store, api, device, origin, KeyPolicy::Real, Some(unlock)).await?;
        if matches!(unlock, Unlock::Words(_)) {
            wallet.remove_lock().await?;
        }
        Ok(wallet)
    }

    /// Opens a wallet that accepts short test keys. Anyone can forge tokens of such keys.
    ///
    /// # Errors
    /// As [`Wallet::open`].
    pub async fn open_with_dangerous_test_keys(
        store: S,
        api: A,
        device: D,
        origin: Origin,
    ) -> Result<Self, WalletError> {
        Self::open_with(store, api, device, origin, KeyPolicy::DangerousTestKeys, None).await
    }

    async fn open_with(
        store: S,
        api: A,
        device: D,
        origin: Origin,
        policy: KeyPolicy,
        unlock: Option<Unlock<'_>>,
    ) -> Result<Self, WalletError> {
        let mut snapshot = Snapshot::default();
        let records = store.load().await?;
        let unlocked = lock::open_data_key(&records, &device, unlock).await?;
        for edit in decode(&records, unlocked)? {
            snapshot.apply(edit);
        }
        // Never send tokens or plans of one mint to another: it could steal them.
        if let Some(mint) = snapshot.mint.as_ref().filter(|mint| mint.origin != origin) {
            return Err(WalletError::OtherOrigin(mint.origin.to_string()));
        }
        let (state, turn) = (Mutex::new(snapshot), AsyncMutex::new(()));
        Ok(Self { store, api, device, origin, policy, state, turn })
    }

    /// Returns the store that this wallet was opened with.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Returns the device that this wallet was opened with.
    pub const fn device(&self) -> &D {
        &self.device
    }

    /// Returns whether the store holds a wallet.
    pub fn exists(&self) -> bool {
        self.state().wallet.is_some()
    }

    /// Creates a wallet with a random seed.
    ///
    /// # Errors
    /// [`WalletError::WalletExists`] if the store already holds one; [`WalletError::Store`] if it cannot be
    /// written.
    pub async fn create(&self) -> Result<(), WalletError> {
        let mut entropy = zeroize::Zeroizing::new([0; 16]);
        self.device.fill_random(entropy.as_mut_slice()).map_err(|_| WalletError::Entropy)?;
        self.create_with(Mnemonic::from_entropy(&entropy).map_err(WalletError::Mnemonic)?).await
    }

    /// Creates a wallet from a recovery phrase. [`Wallet::restore`] then restores its tokens. An existing
    /// wallet is left unchanged if it has the same phrase, and replaced if it is unused.
    ///
    /// # Errors
    /// [`WalletError::Mnemonic`] if the text is not a recovery phrase; [`WalletError::OtherWallet`] if the
    /// store holds another wallet that has been used; [`WalletError::Store`] if it cannot be written.
    pub async fn restore_from_phrase(&self, words: &str) -> Result<(), WalletError> {
        let mnemonic = Mnemonic::parse(words).map_err(WalletError::Mnemonic)?;
        // A user who typed the phrase has a backup of it.
        self.create_restored(mnemonic, Backup { words_checked: true, ..Backup::default() }).await
    }

    /// Creates the wallet of a restored phrase, unless the store already holds it, or another one that was used.
    async fn create_restored(&self, mnemonic: Mnemonic, backup: Backup) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        let known = self.state().wallet.as_ref().map(|wallet| wallet.mnemonic.entropy());
        match known {
            Some(known) if known == mnemonic.entropy() => Ok(()),
            Some(_) if self.is_used() => Err(WalletError::OtherWallet),
            _ => self.write_wallet(mnemonic, backup).await,
        }
    }

    async fn create_with(&self, mnemonic: Mnemonic) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        if self.exists() {
            return Err(WalletError::WalletExists);
        }
        self.write_wallet(mnemonic, Backup::default()).await
    }

    async fn write_wallet(&self, mnemonic: Mnemonic, backup: Backup) -> Result<(), WalletError> {
        let data_key = DataKey::random(&self.device).map_err(|_| WalletError::Entropy)?;
        let wallet = WalletState::new(data_key, mnemonic, backup);
        self.apply(Transition::CreateWallet, vec![Edit::Wallet(wallet)]).await
    }

    /// Returns the 12 words of the recovery phrase. Anyone who knows them can spend the wallet's money.
    ///
    /// # Errors
    /// [`WalletError::NoWallet`] if the store holds no wallet.
    pub fn recovery_phrase(&self) -> Result<Vec<&'static str>, WalletError> {
        let state = self.state();
        let wallet = state.wallet.as_ref().ok_or(WalletError::NoWallet)?;
        Ok(wallet.mnemonic.words().collect())
    }

    /// Returns the wallet's value by what can be done with it.
    ///
    /// # Errors
    /// [`WalletError::SumTooLarge`] if a sum exceeds the largest amount.
    pub fn balance(&self) -> Result<Balance, WalletError> {
        self.state().balance(self.device.now()).map_err(WalletError::SumTooLarge)
    }

    /// Returns the tokens that can be spent now, oldest keyset first.
    pub fn tokens(&self) -> Vec<HeldToken> {
        let state = self.state();
        let held = |own: &OwnToken| HeldToken {
            key_id: own.token.key_id,
            serial: own.token.serial,
            denomination: own.denomination,
        };
        state.spendable(self.device.now()).into_iter().map(held).collect()
    }

    /// Returns the wallet's history, newest first.
    pub fn activity(&self) -> Vec<Activity> {
        let mut activity: Vec<_> = self.state().activity.values().cloned().collect();
        activity.sort_by_key(|activity| std::cmp::Reverse((activity.at, activity.number)));
        activity
    }

    /// Returns the mint, once the wallet has connected to it.
    pub fn mint(&self) -> Option<MintInfo> {
        self.state().mint_info(self.device.now())
    }

    /// Returns the ids of the plans that have not ended.
    pub fn pending(&self) -> Vec<PlanId> {
        self.state().plans.keys().cloned().collect()
    }

    /// Locks the state. The guard must not be held across an await.
    fn state(&self) -> MutexGuard<'_, Snapshot> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores edits, then makes them visible to reads. If the store fails, nothing changes.
    async fn apply(&self, transition: Transition, edits: Vec<Edit>) -> Result<(), WalletError> {
        let data_key = edits.iter().find_map(|edit| match edit {
            Edit::Wallet(wallet) => Some(wallet.data_key.clone()),
            _ => None,
        });
        let known = self.state().wallet.as_ref().map(|wallet| wallet.data_key.clone());
        let data_key = data_key.or(known).ok_or(WalletError::NoWallet)?;
        let writes: Result<_, _> = edits.iter().map(|edit| encode(edit, &data_key, &self.device)).collect();
        let writes = writes.map_err(|error| match error {
            EncodeError::NoEntropy => WalletError::Entropy,
            EncodeError::Json => {
                WalletError::Store(StoreError::Failed("a record has no JSON form".to_owned()))
            }
        })?;
        let change = Change { transition, writes };
        self.store.apply(&change).await?;
        let mut state = self.state();
        edits.into_iter().for_each(|edit| state.apply(edit));
        Ok(())
    }

    fn seed(&self) -> Result<Seed, WalletError> {
        let state = self.state();
        Ok(state.wallet.as_ref().ok_or(WalletError::NoWallet)?.seed.clone())
    }

    fn account_token(&self) -> Result<AccountToken, WalletError> {
        let institution_id = self.mint().ok_or(WalletError::NoMint)?.institution_id;
        Ok(self.seed()?.account_token(&self.origin, &institution_id))
    }

    fn random_bytes(&self) -> Result<[u8; 16], WalletError> {
        let mut bytes = [0; 16];
        self.device.fill_random(&mut bytes).map_err(|_| WalletError::Entropy)?;
        Ok(bytes)
    }

    fn plan(&self, plan_id: &PlanId) -> Option<Plan> {
        self.state().plans.get(plan_id).cloned()
    }

    fn progress(&self, stage: Stage, done: usize, total: usize) {
        self.device.progress(Progress { stage, done, total });
    }
}
