//! Whether the person has the recovery phrase, across restarts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::{AccountId, Amount};
use ecash_harness::TestMint;
use ecash_wallet::store::MemoryStore;

#[tokio::test]
async fn the_reminder_comes_with_the_money_and_goes_with_two_words() {
    let mint = TestMint::start().await;
    let store = MemoryStore::default();
    let wallet = mint.open_wallet(&store, 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    assert!(!wallet.should_remind_of_backup(), "there is nothing to lose yet");
    wallet.withdraw(Amount::new(100).unwrap()).await.unwrap();
    assert!(wallet.should_remind_of_backup());
    wallet.put_backup_off().await.unwrap();
    wallet.withdraw(Amount::new(190).unwrap()).await.unwrap();
    assert!(!wallet.should_remind_of_backup());
    wallet.withdraw(Amount::new(10).unwrap()).await.unwrap();
    assert!(wallet.should_remind_of_backup(), "three times as much");

    let words = wallet.recovery_phrase().unwrap();
    let word = |place: usize| (place, words[place - 1].to_owned());
    for wrong in [
        vec![],
        vec![word(1), (2, words[2].to_owned())],
        vec![(0, words[0].to_owned())],
        vec![(13, String::new())],
    ] {
        assert!(!wallet.check_words(&wrong).await.unwrap(), "{wrong:?}");
    }
    assert!(!wallet.has_backup());
    let typed = (7, format!(" {} ", words[6].to_uppercase()));
    assert!(wallet.check_words(&[word(3), typed]).await.unwrap());

    // It is remembered, and so is a phrase that was typed to restore. Other changes of the record keep it.
    let phrase = words.join(" ");
    drop(wallet);
    let wallet = mint.open_wallet(&store, 2).await;
    wallet.give(Amount::new(10).unwrap(), None).await.unwrap();
    drop(wallet);
    let wallet = mint.open_wallet(&store, 3).await;
    assert!(wallet.has_backup() && !wallet.should_remind_of_backup());
    let restored = mint.open_wallet(&MemoryStore::default(), 4).await;
    restored.restore_from_phrase(&phrase).await.unwrap();
    assert!(restored.has_backup());
    wallet.pay(&AccountId::new("merchant_demo").unwrap(), Amount::new(10).unwrap()).await.unwrap();
}
