//! The run of one wallet: executes its script, restarts it, restores it, and settles it.

use super::case::{Case, Kind, Step};
use super::happened::Happened;
use super::shared::{Bundle, Bundles, Either};
use crate::{CrashingStore, Lossy, RawClient, RawWallet, Seeded, TestDevice, TestMint};
use ecash_core::{AccountId, Amount, Origin};
use ecash_wallet::api::HttpApi;
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{ActivityKind, ActivityState, MintApi, Store, Wallet, WalletError};
use std::sync::{Arc, Mutex, PoisonError};

/// Maximum attempts to connect over a lossy transport.
const MAX_CONNECTS: u32 = 100;

type CrashableWallet<S> = Wallet<CrashingStore<S>, HttpApi<Lossy<Either>>, TestDevice>;

pub(super) struct WalletRun<'w, S, O: Fn(&str) -> S> {
    pub(super) open: &'w O,
    pub(super) store_name: String,
    pub(super) device: TestDevice,
    pub(super) api: HttpApi<Lossy<Either>>,
    pub(super) origin: Origin,
    pub(super) random: Seeded,
    pub(super) giver: RawClient,
    pub(super) bundles: Bundles,
    /// Texts that the wallets of the case have given away.
    pub(super) gifts: Arc<Mutex<Vec<String>>>,
    pub(super) merchant: AccountId,
    /// Set to false by a restore over the lossy transport that failed and must be repeated.
    pub(super) is_restored: bool,
    pub(super) happened: Arc<Happened>,
}

impl<S: Store, O: Fn(&str) -> S> WalletRun<'_, S, O> {
    pub(super) async fn run(mut self, script: &[Step]) -> Self {
        let mut wallet = self.start().await;
        for step in script {
            if wallet.store().is_dead() {
                Happened::once(&self.happened.devices_died);
                wallet = self.restart(wallet).await;
            }
            wallet = self.step(wallet, *step).await;
        }
        drop(wallet);
        self
    }

    /// Opens the wallet's current store.
    async fn open(&self) -> CrashableWallet<S> {
        let store = CrashingStore::new((self.open)(&self.store_name));
        let (api, device) = (self.api.clone(), self.device.clone());
        let wallet = Wallet::open_with_dangerous_test_keys(store, api, device, self.origin.clone()).await;
        wallet.expect("the store opens")
    }

    /// Starts the program: opens the store, creates a wallet if it has none, and connects.
    async fn start(&self) -> CrashableWallet<S> {
        let wallet = self.open().await;
        if !wallet.exists() {
            wallet.create().await.expect("a wallet is created");
        }
        connect(&wallet).await;
        wallet
    }

    /// Restarts the program. Drops the wallet first, because a store can be open only once.
    async fn restart(&self, wallet: CrashableWallet<S>) -> CrashableWallet<S> {
        drop(wallet);
        let again = self.start().await;
        let _ = again.resume().await;
        again
    }

    /// Runs a step and ignores its errors.
    async fn step(&mut self, wallet: CrashableWallet<S>, step: Step) -> CrashableWallet<S> {
        let amount = Amount::new(step.amount).expect("an amount");
        match step.kind {
            Kind::Withdraw => drop(wallet.withdraw(amount).await),
            Kind::Pay => drop(wallet.pay(&self.merchant, amount).await),
            Kind::Give => self.give(&wallet, amount).await,
            Kind::TakeBack => self.take_back(&wallet).await,
            Kind::ReceiveGift => self.receive_gift(&wallet).await,
            Kind::ReceiveNew => self.receive_new(&wallet).await,
            Kind::ReceiveSeen => self.receive_seen(&wallet).await,
            Kind::Resume => drop(wallet.resume().await),
            Kind::Refresh => drop(wallet.refresh().await),
            Kind::CancelPending => {
                for plan in wallet.pending() {
                    let _ = wallet.cancel(&plan).await;
                }
            }
            Kind::Restart => return self.restart(wallet).await,
            Kind::DieAfter => wallet.store().die_after(step.amount),
            Kind::LoseDevice => return self.lose_device(wallet).await,
        }
        wallet
    }

    async fn give(&self, wallet: &CrashableWallet<S>, amount: Amount) {
        if let Ok(gift) = wallet.give(amount, None).await {
            self.gifts.lock().unwrap_or_else(PoisonError::into_inner).push(gift.text);
        }
    }

    async fn take_back<T: Store, A: MintApi>(&self, wallet: &Wallet<T, A, TestDevice>) {
        let given = wallet.activity().into_iter().filter(|activity| activity.kind == ActivityKind::Give);
        for activity in given.filter(|activity| activity.state == ActivityState::Pending) {
            if wallet.take_back(&activity.id).await.is_ok() {
                Happened::once(&self.happened.gifts_taken_back);
            }
        }
    }

    async fn receive_gift(&self, wallet: &CrashableWallet<S>) {
        let texts = self.gifts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(count) = u64::try_from(texts.len()).ok().filter(|count| *count > 0) {
            let index = usize::try_from(self.random.below(count)).expect("small");
            if wallet.receive(&texts[index]).await.is_ok() {
                Happened::once(&self.happened.gifts_received);
            }
        }
    }

    async fn receive_new(&self, wallet: &CrashableWallet<S>) {
        // The keys may rotate between fetching and using them.
        let (giver, tokens) = loop {
            let mut giver = RawWallet::open(self.giver.clone()).await;
            match giver.try_withdraw(50, 2).await {
                Ok(tokens) => break (giver, tokens),
                Err(refused) => assert_eq!(refused.code(), "key_not_issuing"),
            }
            tokio::task::yield_now().await;
        };
        let keyset_id = giver.keyset.keyset_id.clone();
        let ids = tokens.iter().map(|token| (keyset_id.clone(), token.message())).collect();
        let text = giver.text(&self.origin, tokens);
        let bundle = Bundle { text: text.clone(), tokens: ids, value: 100, accepted: false };
        self.bundles.lock().unwrap_or_else(PoisonError::into_inner).push(bundle);
        self.receive(wallet, &text).await;
    }

    async fn receive_seen(&self, wallet: &CrashableWallet<S>) {
        let texts: Vec<String> = {
            let bundles = self.bundles.lock().unwrap_or_else(PoisonError::into_inner);
            bundles.iter().map(|bundle| bundle.text.clone()).collect()
        };
        if let Some(count) = u64::try_from(texts.len()).ok().filter(|count| *count > 0) {
            let index = usize::try_from(self.random.below(count)).expect("small");
            self.receive(wallet, &texts[index]).await;
        }
    }

    async fn receive(&self, wallet: &CrashableWallet<S>, text: &str) {
        let result = wallet.receive(text).await;
        if matches!(result, Ok(_) | Err(WalletError::Pending)) {
            let mut bundles = self.bundles.lock().unwrap_or_else(PoisonError::into_inner);
            bundles.iter_mut().filter(|bundle| bundle.text == text).for_each(|bundle| bundle.accepted = true);
        }
        match result {
            Ok(_) => Happened::once(&self.happened.bundles_received),
            Err(WalletError::Refused(_)) => Happened::once(&self.happened.bundles_lost_to_a_rival),
            Err(WalletError::Pending | WalletError::Unreachable) => {}
            Err(_) if wallet.store().is_dead() => {}
            Err(other) => panic!("receiving ended with {other:?}"),
        }
    }

    /// Discards everything except the recovery phrase, and restores the wallet from it in a new store.
    async fn lose_device(&mut self, wallet: CrashableWallet<S>) -> CrashableWallet<S> {
        let phrase = wallet.recovery_phrase().expect("a phrase").join(" ");
        drop(wallet);
        self.store_name.push_str("_lost");
        let again = self.open().await;
        again.restore_from_phrase(&phrase).await.expect("a wallet is created");
        connect(&again).await;
        self.is_restored = again.restore().await.is_ok();
        if self.is_restored {
            Happened::once(&self.happened.devices_restored);
        }
        again
    }

    /// Completes all operations over a reliable transport. Returns the value of wallet and account, in minor
    /// units.
    pub(super) async fn settle(self, mint: &TestMint, case: &Case) -> u64 {
        let (store, device) = ((self.open)(&self.store_name), self.device.clone());
        let wallet =
            Wallet::open_with_dangerous_test_keys(store, mint.api(), device, self.origin.clone()).await;
        let wallet = wallet.expect("the store opens");
        wallet.connect().await.expect("the mint responds");
        // If another device has used counters of this seed, several resumes may be needed, because each skips
        // some of them.
        let max_starts = if case.loses_devices() { 5 } else { 1 };
        let mut starts = 1;
        while wallet.resume().await.expect("the store works") > 0 {
            starts += 1;
            assert!(
                starts <= max_starts,
                "every plan must end once the mint responds: {:?}",
                wallet.activity()
            );
        }
        self.take_back(&wallet).await;
        if !self.is_restored {
            wallet.restore().await.expect("the mint responds");
        }
        wallet.refresh().await.expect("the mint responds");
        let balance = wallet.balance().expect("a sum");
        let rest = [
            balance.to_renew,
            balance.revoked,
            balance.expired,
            balance.given,
            balance.leaving,
            balance.arriving,
            balance.disputed,
        ];
        assert_eq!(rest, [Amount::ZERO; 7], "all tokens must be spendable");
        if case.seed.is_multiple_of(case.parameters.restore_every) {
            self.assert_restorable(mint, &wallet).await;
        }
        let account = wallet.account().await.expect("the mint responds").balance;
        balance.available.minor() + account.minor()
    }

    /// Checks that the recovery phrase alone restores the wallet's balance. Must be the last check, because a
    /// restore swaps the tokens.
    async fn assert_restorable<T: Store, A: MintApi>(
        &self,
        mint: &TestMint,
        wallet: &Wallet<T, A, TestDevice>,
    ) {
        let phrase = wallet.recovery_phrase().expect("a phrase").join(" ");
        let device = mint.device(self.random.below(u64::MAX));
        let origin = self.origin.clone();
        let again =
            Wallet::open_with_dangerous_test_keys(MemoryStore::default(), mint.api(), device, origin).await;
        let again = again.expect("a store in memory opens");
        again.restore_from_phrase(&phrase).await.expect("a wallet is created");
        again.connect().await.expect("the mint responds");
        again.restore().await.expect("the mint responds");
        assert_eq!(
            again.balance().expect("a sum").available,
            wallet.balance().expect("a sum").available,
            "a restore must find all tokens"
        );
    }
}

/// Connects over a lossy transport.
async fn connect<S: Store>(wallet: &CrashableWallet<S>) {
    for _ in 0..MAX_CONNECTS {
        if wallet.connect().await.is_ok() {
            return;
        }
    }
    panic!("{MAX_CONNECTS} attempts to connect failed");
}
