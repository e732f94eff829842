//! W1, M14: entering a recovery phrase on a device that already has a wallet.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::Amount;
use ecash_harness::{Engine, InProcess, RawWallet, TestMint, on_every_ledger};
use ecash_wallet::api::{Call, HttpApi, Reply, Transport};
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{ApiError, Store as _, Wallet, WalletError};
use std::sync::{Arc, Mutex};

on_every_ledger! {
    w1_an_unused_wallet_is_replaced_by_the_restored_one,
    w1_a_used_wallet_is_not_replaced_and_can_be_removed,
    w1_a_wallet_with_unswapped_received_tokens_is_not_removed,
    m14_a_corrected_recovery_phrase_is_accepted,
}

const OTHER_WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

/// Returns the recovery phrase of a new wallet that holds 100.
async fn words_of_a_hundred(mint: &TestMint) -> String {
    let wallet = mint.open_wallet(&MemoryStore::default(), 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet.withdraw(amount(100)).await.unwrap();
    wallet.recovery_phrase().unwrap().join(" ")
}

async fn w1_an_unused_wallet_is_replaced_by_the_restored_one(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let words = words_of_a_hundred(&mint).await;
    // This wallet never connected to the mint, so it is unused.
    let store = MemoryStore::default();
    let wallet = mint.open_wallet(&store, 2).await;
    wallet.create().await.unwrap();
    assert!(!wallet.is_used());
    wallet.restore_from_phrase(&words).await.unwrap();
    assert_eq!(wallet.recovery_phrase().unwrap().join(" "), words);
    assert_eq!(wallet.restore().await.unwrap().amount, amount(100));
    wallet.connect().await.unwrap();
    let reopened = mint.open_wallet(&store, 3).await;
    assert_eq!(reopened.recovery_phrase().unwrap().join(" "), words);
    assert_eq!(reopened.balance().unwrap().available, amount(100));
    // Entering the phrase of the present wallet changes nothing.
    reopened.restore_from_phrase(&words).await.unwrap();
    assert_eq!(reopened.balance().unwrap().available, amount(100));
    mint.assert_clean().await;
}

async fn w1_a_used_wallet_is_not_replaced_and_can_be_removed(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let words = words_of_a_hundred(&mint).await;
    let store = MemoryStore::default();
    let wallet = mint.open_wallet(&store, 2).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    // The wallet is empty, but its account may hold money.
    assert!(matches!(wallet.restore_from_phrase(&words).await, Err(WalletError::OtherWallet)));
    wallet.withdraw(amount(50)).await.unwrap();
    assert!(matches!(wallet.restore_from_phrase(&words).await, Err(WalletError::OtherWallet)));
    assert_eq!(wallet.balance().unwrap().available, amount(50));

    let (left, shown) = wallet.words_before_leaving().unwrap();
    wallet.leave(shown).await.unwrap();
    assert!(!wallet.exists() && wallet.activity().is_empty());
    assert_eq!(store.load().await.unwrap(), [], "the device holds no records");
    wallet.restore_from_phrase(&words).await.unwrap();
    assert_eq!(wallet.restore().await.unwrap().amount, amount(100));

    // The phrase shown before leaving restores the removed wallet.
    let back = mint.open_wallet(&MemoryStore::default(), 4).await;
    back.restore_from_phrase(&left.join(" ")).await.unwrap();
    assert_eq!(back.restore().await.unwrap().amount, amount(50));
    mint.assert_clean().await;
}

/// A transport that can lose every swap.
#[derive(Clone)]
struct NoSwap {
    inner: InProcess,
    active: Arc<Mutex<bool>>,
}

impl Transport for NoSwap {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let active = *self.active.lock().unwrap();
        if active && call.path == "/api/v1/swap" { Err(ApiError::Lost) } else { self.inner.call(call).await }
    }
}

async fn w1_a_wallet_with_unswapped_received_tokens_is_not_removed(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut giver = RawWallet::open(mint.raw()).await;
    let tokens = giver.withdraw(50, 2).await;
    let text = giver.text(&mint.origin(), tokens);
    let active = Arc::new(Mutex::new(true));
    let api = HttpApi(NoSwap { inner: mint.transport(), active: active.clone() });
    let store = MemoryStore::default();
    let wallet = Wallet::open_with_dangerous_test_keys(store.clone(), api, mint.device(2), mint.origin())
        .await
        .unwrap();
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    assert!(matches!(wallet.receive(&text).await, Err(WalletError::Pending)));
    let (_, shown) = wallet.words_before_leaving().unwrap();
    assert!(matches!(wallet.leave(shown).await, Err(WalletError::UnfinishedReceipt)));
    assert!(
        wallet.exists() && !store.load().await.unwrap().is_empty(),
        "the rejected removal changed nothing"
    );

    // Once the tokens are swapped, the phrase restores them, and the wallet can be removed.
    *active.lock().unwrap() = false;
    wallet.resume().await.unwrap();
    assert_eq!(wallet.balance().unwrap().available, amount(100));
    let (_, shown) = wallet.words_before_leaving().unwrap();
    wallet.leave(shown).await.unwrap();
    assert!(!wallet.exists());
    mint.assert_clean().await;
}

async fn m14_a_corrected_recovery_phrase_is_accepted(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let words = words_of_a_hundred(&mint).await;
    let wallet = mint.open_wallet(&MemoryStore::default(), 2).await;
    // A valid phrase that no wallet uses: the restore finds nothing and opens no account.
    wallet.restore_from_phrase(OTHER_WORDS).await.unwrap();
    assert_eq!(wallet.restore().await.unwrap().found, 0);
    assert!(!wallet.is_used());
    wallet.restore_from_phrase(&words).await.unwrap();
    assert_eq!(wallet.restore().await.unwrap().amount, amount(100));
    mint.assert_clean().await;
}
