//! Compatibility: this version opens the wallet files of earlier versions, with the data of their mint
//! (`mint/tests/fixtures/README.md`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_client::SqliteStore;
use ecash_core::{AccountId, Amount, Origin};
use ecash_harness::TestMint;
use ecash_wallet::{ActivityKind, ActivityState, Wallet};
use std::path::Path;
use tempfile::TempDir;

/// 2026-11-29T00:00:00Z, the day after the fixture was written.
const NEXT_DAY: u64 = 1_795_910_400;
const WORDS: &str = "session host deliver aware urge whisper waste romance color weasel twin bubble";

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

#[tokio::test]
async fn a_wallet_of_version_0_1_opens_and_its_pending_payment_is_settled() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mint = TestMint::of_earlier_version(&here.join("../mint/tests/fixtures/v0_1"), NEXT_DAY).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("wallet.db");
    std::fs::copy(here.join("tests/fixtures/v0_1/wallet.db"), &file).unwrap();
    let store = SqliteStore::new(file.to_str().unwrap()).unwrap();
    let origin = Origin::new("http://localhost:8080").unwrap();
    let wallet = Wallet::open(store, mint.api(), mint.device(1), origin).await.unwrap();

    assert_eq!(wallet.recovery_phrase().unwrap().join(" "), WORDS);
    let balance = wallet.balance().unwrap();
    assert_eq!((balance.available, balance.leaving), (amount(150), amount(20)));
    let activity: Vec<_> = wallet.activity().iter().map(|a| (a.kind, a.state, a.amount.minor())).collect();
    assert_eq!(
        activity,
        [
            (ActivityKind::Pay, ActivityState::Pending, 20),
            (ActivityKind::Pay, ActivityState::Done, 30),
            (ActivityKind::Withdraw, ActivityState::Done, 200),
        ]
    );
    // The pending payment never reached the mint, so it is cancelled.
    wallet.connect().await.unwrap();
    assert_eq!(wallet.resume().await.unwrap(), 0);
    assert_eq!(wallet.balance().unwrap().available, amount(170));
    wallet.pay(&AccountId::new("merchant_demo").unwrap(), amount(170)).await.unwrap();
    assert_eq!(wallet.account().await.unwrap().balance, amount(9_800));
    mint.assert_clean().await;
}
