//! The backup state and its reminder, across restarts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::{AccountId, Amount};
use ecash_harness::TestMint;
use ecash_wallet::store::MemoryStore;

#[tokio::test]
async fn the_backup_reminder_appears_with_money_and_ends_with_checked_words() {
    let mint = TestMint::start().await;
    let store = MemoryStore::default();
    let wallet = mint.open_wallet(&store, 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    assert!(!wallet.should_remind_of_backup(), "an empty wallet needs no backup");
    wallet.withdraw(Amount::new(100).unwrap()).await.unwrap();
    assert!(wallet.should_remind_of_backup());
    wallet.put_backup_off().await.unwrap();
    wallet.withdraw(Amount::new(190).unwrap()).await.unwrap();
    assert!(!wallet.should_remind_of_backup());
    wallet.withdraw(Amount::new(10).unwrap()).await.unwrap();
    assert!(wallet.should_remind_of_backup(), "three times as much");

    let words = wallet.recovery_phrase().unwrap();
    let word = |number: usize| (number, words[number - 1].to_owned());
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

    // The backup state survives a restart and other changes of the record. A phrase typed for a restore also
    // counts.
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
