//! The backup state and its reminder, across restarts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::{AccountId, Amount};
use ecash_harness::TestMint;
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{Activity, ActivityKind, ActivityState, WalletError};

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

#[tokio::test]
async fn a_backup_file_restores_money_and_history_on_another_device() {
    let mint = TestMint::start().await;
    let store = MemoryStore::default();
    let wallet = mint.open_wallet(&store, 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet.withdraw(Amount::new(100).unwrap()).await.unwrap();
    let merchant = AccountId::new("merchant_demo").unwrap();
    wallet.pay(&merchant, Amount::new(30).unwrap()).await.unwrap();
    assert!(matches!(wallet.backup_file("short").await, Err(WalletError::PassphraseTooShort)));
    let file = wallet.backup_file("a long passphrase").await.unwrap();
    for word in wallet.recovery_phrase().unwrap() {
        assert!(!file.contains(word), "{word} is readable");
    }
    assert!(!wallet.has_backup(), "the file was not kept yet");
    wallet.keep_backup_file().await.unwrap();
    assert!(wallet.has_backup());
    // Received after the file was made.
    wallet.withdraw(Amount::new(50).unwrap()).await.unwrap();

    let other_store = MemoryStore::default();
    let other = mint.open_wallet(&other_store, 2).await;
    for (text, passphrase) in
        [("", "a long passphrase"), ("{}", "a long passphrase"), (&file[..99], "a long passphrase")]
    {
        assert!(matches!(other.restore_from_file(text, passphrase).await, Err(WalletError::BackupFile)));
    }
    let wrong = other.restore_from_file(&file, "another passphrase").await;
    assert!(matches!(wrong, Err(WalletError::DoesNotOpen)), "{wrong:?}");
    assert!(!other.exists(), "nothing was changed");
    other.restore_from_file(&file, "a long passphrase").await.unwrap();
    let restored = other.restore().await.unwrap();
    assert_eq!(restored.amount, Amount::new(120).unwrap());
    assert!(other.has_backup());
    let paid =
        |activity: &Activity| activity.kind == ActivityKind::Pay && activity.state == ActivityState::Done;
    assert_eq!(
        other.activity().iter().filter(|activity| paid(activity)).count(),
        1,
        "the history is restored"
    );
    // Restoring again changes nothing, and a used wallet of another phrase is kept.
    let count = other.activity().len();
    other.restore_from_file(&file, "a long passphrase").await.unwrap();
    assert_eq!(other.activity().len(), count);
    let third = mint.open_wallet(&MemoryStore::default(), 3).await;
    third.create().await.unwrap();
    third.connect().await.unwrap();
    let refused = third.restore_from_file(&file, "a long passphrase").await;
    assert!(matches!(refused, Err(WalletError::OtherWallet)), "{refused:?}");
}
