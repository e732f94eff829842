//! Passphrases: a locked wallet opens only with its passphrase or its recovery phrase.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::Amount;
use ecash_harness::{TestMint, TestWallet};
use ecash_wallet::store::{MemoryStore, Store as _, Table};
use ecash_wallet::{Unlock, Wallet, WalletError};

const PASSPHRASE: &str = "correct horse";

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

async fn open_locked(
    mint: &TestMint,
    store: &MemoryStore,
    unlock: Unlock<'_>,
) -> Result<TestWallet, WalletError> {
    Wallet::open_locked(store.clone(), mint.api(), mint.device(9), mint.origin(), unlock).await
}

async fn error_of(mint: &TestMint, store: &MemoryStore, unlock: Unlock<'_>) -> WalletError {
    open_locked(mint, store, unlock).await.err().expect("the wallet must not open")
}

/// Creates a locked wallet with money and a gift. Returns its recovery phrase.
async fn protected(mint: &TestMint, store: &MemoryStore) -> String {
    let wallet = mint.open_wallet(store, 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet.withdraw(amount(100)).await.unwrap();
    wallet.give(amount(60), None).await.unwrap();
    wallet.set_passphrase(None, PASSPHRASE).await.unwrap();
    assert!(wallet.is_protected());
    wallet.recovery_phrase().unwrap().join(" ")
}

#[tokio::test]
async fn a_locked_wallet_opens_only_with_its_passphrase() {
    let (mint, store) = (TestMint::start().await, MemoryStore::default());
    protected(&mint, &store).await;
    let locked = store.load().await.unwrap();
    let opened = Wallet::open(store.clone(), mint.api(), mint.device(2), mint.origin()).await;
    assert!(matches!(opened.err(), Some(WalletError::Locked)));
    for wrong in ["", "correct hors", "Correct horse", "correct horse "] {
        let error = error_of(&mint, &store, Unlock::Passphrase(wrong)).await;
        assert!(matches!(error, WalletError::DoesNotOpen), "{wrong}: {error}");
    }
    assert_eq!(store.load().await.unwrap(), locked, "a wrong passphrase changes nothing");

    let wallet = open_locked(&mint, &store, Unlock::Passphrase(PASSPHRASE)).await.unwrap();
    let balance = wallet.balance().unwrap();
    assert_eq!((balance.available.minor(), balance.given.minor()), (40, 60));
    // Changes of the wallet's record keep the lock.
    wallet.put_backup_off().await.unwrap();
    drop(wallet);
    let wallet = open_locked(&mint, &store, Unlock::Passphrase(PASSPHRASE)).await.unwrap();
    assert!(wallet.is_protected());
}

#[tokio::test]
async fn the_recovery_phrase_opens_what_a_forgotten_passphrase_locks() {
    let (mint, store) = (TestMint::start().await, MemoryStore::default());
    let words = protected(&mint, &store).await;
    let other = mint.wallet(3).await.recovery_phrase().unwrap().join(" ");
    assert!(matches!(error_of(&mint, &store, Unlock::Words(&other)).await, WalletError::DoesNotOpen));
    assert!(matches!(error_of(&mint, &store, Unlock::Words("zoo zoo")).await, WalletError::Mnemonic(_)));
    let wallet = open_locked(&mint, &store, Unlock::Words(&words)).await.unwrap();
    assert!(!wallet.is_protected(), "the recovery phrase removes the lock");
    let balance = wallet.balance().unwrap();
    assert_eq!((balance.available.minor(), balance.given.minor()), (40, 60), "pending gifts are kept");
    drop(wallet);
    let wallet = mint.open_wallet(&store, 4).await;
    wallet.take_back(&wallet.activity()[0].id).await.unwrap();
    assert_eq!(wallet.balance().unwrap().available.minor(), 100);
}

#[tokio::test]
async fn changing_or_removing_a_passphrase_needs_the_current_one() {
    let (mint, store) = (TestMint::start().await, MemoryStore::default());
    protected(&mint, &store).await;
    let wallet = open_locked(&mint, &store, Unlock::Passphrase(PASSPHRASE)).await.unwrap();
    let before = store.load().await.unwrap();
    for current in [None, Some("not this")] {
        let refused = wallet.set_passphrase(current, "another one").await;
        assert!(matches!(refused, Err(WalletError::DoesNotOpen)));
    }
    assert!(matches!(wallet.remove_passphrase("not this").await, Err(WalletError::DoesNotOpen)));
    let short = wallet.set_passphrase(Some(PASSPHRASE), "seven c").await;
    assert!(matches!(short, Err(WalletError::PassphraseTooShort)));
    assert_eq!(store.load().await.unwrap(), before, "a rejected change writes nothing");

    wallet.set_passphrase(Some(PASSPHRASE), "another one").await.unwrap();
    assert!(matches!(
        error_of(&mint, &store, Unlock::Passphrase(PASSPHRASE)).await,
        WalletError::DoesNotOpen
    ));
    wallet.remove_passphrase("another one").await.unwrap();
    assert_eq!(mint.open_wallet(&store, 5).await.balance().unwrap().available.minor(), 40);
}

/// An earlier copy of the storage must not open later records.
#[tokio::test]
async fn every_record_is_sealed_again_when_the_passphrase_changes() {
    let (mint, store) = (TestMint::start().await, MemoryStore::default());
    let wallet = mint.open_wallet(&store, 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet.withdraw(amount(100)).await.unwrap();
    let sealed = async || {
        let records = store.load().await.unwrap();
        let sealed = [Table::Wallet, Table::Tokens, Table::Plans, Table::Activity];
        records.into_iter().filter(|record| sealed.contains(&record.table)).collect::<Vec<_>>()
    };
    let before = sealed().await;
    wallet.set_passphrase(None, PASSPHRASE).await.unwrap();
    let after = sealed().await;
    assert_eq!(before.len(), after.len());
    assert!(after.iter().all(|record| !before.contains(record)));
    let wallet_record = after.iter().find(|record| record.table == Table::Wallet).unwrap();
    assert!(!wallet_record.value.contains("data_key"), "the data key is not stored in plain text");
}

#[tokio::test]
async fn a_stored_cost_above_the_limit_is_rejected() {
    use ecash_wallet::store::{Change, Record, Transition, Write};
    let (mint, store) = (TestMint::start().await, MemoryStore::default());
    protected(&mint, &store).await;
    let record =
        store.load().await.unwrap().into_iter().find(|record| record.table == Table::Wallet).unwrap();
    let value = record.value.replace("\"passes\":3", "\"passes\":300000");
    assert_ne!(value, record.value);
    let writes = vec![Write::Put(Record { value, ..record })];
    store.apply(&Change { transition: Transition::SaveMint, writes }).await.unwrap();
    let error = error_of(&mint, &store, Unlock::Passphrase(PASSPHRASE)).await;
    assert!(matches!(error, WalletError::Stretch(_)), "{error}");
}
