//! End-to-end operations of the wallet engine against a real mint, over a reliable transport.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::{AccountId, Amount, Denomination};
use ecash_harness::{
    CrashingStore, Engine, RawWallet, Seeded, TestClock, TestDevice, TestMint, on_every_ledger,
};
use ecash_wallet::store::{MemoryStore, conformance};
use ecash_wallet::{ActivityKind, ActivityState, Wallet, WalletError};
use serde_json::json;

on_every_ledger! {
    withdraw_pay_exactly_get_change_reload,
    failed_operations_move_nothing,
    receiving_swaps_tokens_and_drops_spent_ones,
    the_seed_alone_restores_everything,
    two_devices_with_one_seed_lose_nothing,
    tokens_spent_by_another_device_of_the_seed_are_not_counted,
    tokens_are_refreshed_in_the_last_quarter_of_their_life,
    a_mint_that_changes_its_name_or_keys_is_rejected,
    a_receive_continues_after_a_crash_between_cancel_and_replacement,
    a_text_that_overlaps_a_pending_receive_is_received_completely,
    a_duplicate_token_in_a_text_counts_once,
    a_restore_searches_past_many_spent_tokens,
    more_tokens_than_fit_into_one_request_still_pay,
    a_device_whose_clock_is_slow_agrees_with_the_mint,
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn merchant() -> AccountId {
    AccountId::new("merchant_demo").unwrap()
}

#[tokio::test]
async fn the_store_in_memory_conforms() {
    let store = MemoryStore::default();
    conformance::check(async || store.clone()).await;
}

async fn withdraw_pay_exactly_get_change_reload(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let store = MemoryStore::default();
    let wallet = mint.open_wallet(&store, 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet.withdraw(amount(100)).await.unwrap();
    let payment = wallet.pay(&merchant(), amount(30)).await.unwrap();
    assert_eq!(payment.amount, amount(30));
    assert_eq!(wallet.balance().unwrap().available, amount(70));

    let reloaded = mint.open_wallet(&store, 2).await;
    assert_eq!(reloaded.balance().unwrap(), wallet.balance().unwrap());
    let kinds: Vec<_> = reloaded.activity().iter().map(|a| (a.kind, a.state)).collect();
    let done = ActivityState::Done;
    assert_eq!(
        kinds,
        [(ActivityKind::Pay, done), (ActivityKind::Change, done), (ActivityKind::Withdraw, done)]
    );
    mint.assert_clean().await;
}

async fn failed_operations_move_nothing(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let wallet = mint.wallet(1).await;
    wallet.withdraw_in(amount(100), Denomination::new(50).unwrap()).await.unwrap();
    assert_eq!(wallet.balance().unwrap().counts.len(), 1);
    let broke = wallet.pay(&merchant(), amount(110)).await;
    assert!(matches!(broke, Err(WalletError::InsufficientFunds { .. })));
    assert!(matches!(wallet.pay(&merchant(), amount(7)).await, Err(WalletError::NotPayable(_))));
    let stranger = AccountId::new("merchant_unknown").unwrap();
    assert!(matches!(wallet.pay(&stranger, amount(50)).await, Err(WalletError::Refused(_))));
    assert!(matches!(wallet.withdraw(amount(20_000)).await, Err(WalletError::Refused(_))));
    assert!(matches!(wallet.withdraw(amount(1_000_000)).await, Err(WalletError::TooManyTokens(_))));
    assert!(matches!(wallet.create().await, Err(WalletError::WalletExists)));
    assert_eq!(wallet.balance().unwrap().available, amount(100));
    assert!(wallet.pending().is_empty());
    mint.assert_clean().await;
}

async fn receiving_swaps_tokens_and_drops_spent_ones(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let wallet = mint.wallet(1).await;
    let mut giver = RawWallet::open(mint.raw()).await;
    let tokens = giver.withdraw(50, 3).await;
    let text = giver.text(&mint.origin(), tokens.clone());
    // The sender spent one of the tokens before the text is received.
    let body = json!({ "tokens": giver.wire(&tokens[..1]), "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &body).await.status, 200);

    let received = wallet.receive(&text).await.unwrap();
    assert_eq!((received.amount, received.lost), (amount(100), amount(50)));
    assert!(matches!(wallet.receive(&text).await, Err(WalletError::Refused(_))));
    assert!(matches!(wallet.receive("ecash1AAAA").await, Err(WalletError::Bundle(_))));
    assert_eq!(wallet.balance().unwrap().available, amount(100));
    assert!(wallet.pending().is_empty());
    mint.assert_clean().await;
}

async fn the_seed_alone_restores_everything(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let wallet = mint.wallet(1).await;
    wallet.withdraw(amount(470)).await.unwrap();
    wallet.pay(&merchant(), amount(130)).await.unwrap();
    let words = wallet.recovery_phrase().unwrap().join(" ");

    let found = mint.open_wallet(&MemoryStore::default(), 2).await;
    found.restore_from_phrase(&words).await.unwrap();
    found.connect().await.unwrap();
    assert_eq!(found.restore().await.unwrap().amount, amount(340));
    assert_eq!(found.balance().unwrap().available, amount(340));
    // The restored wallet allocates counters above those already used.
    found.withdraw(amount(100)).await.unwrap();
    assert_eq!(found.balance().unwrap().available, amount(440));
    // The restore swapped the first device's tokens, so that device cannot spend them.
    assert!(wallet.pay(&merchant(), amount(340)).await.is_err());
    mint.assert_clean().await;
}

async fn two_devices_with_one_seed_lose_nothing(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let first = mint.wallet(1).await;
    let second = mint.open_wallet(&MemoryStore::default(), 2).await;
    second.restore_from_phrase(&first.recovery_phrase().unwrap().join(" ")).await.unwrap();
    second.connect().await.unwrap();
    first.withdraw(amount(100)).await.unwrap();
    // The first device has used the same counters. The second device fetches those tokens and keeps them …
    assert!(matches!(second.withdraw(amount(100)).await, Err(WalletError::Refused(_))));
    assert_eq!(second.balance().unwrap().available, amount(100));
    // … and then allocates counters above them.
    second.withdraw(amount(100)).await.unwrap();
    assert_eq!(second.balance().unwrap().available, amount(200));
    assert_eq!(second.account().await.unwrap().balance, amount(9_800));
    mint.assert_clean().await;
}

/// Regression, found by the simulation: tokens that another device had already spent were added to the
/// balance.
async fn tokens_spent_by_another_device_of_the_seed_are_not_counted(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let first = mint.wallet(1).await;
    let second = mint.open_wallet(&MemoryStore::default(), 2).await;
    second.restore_from_phrase(&first.recovery_phrase().unwrap().join(" ")).await.unwrap();
    second.connect().await.unwrap();
    first.withdraw(amount(150)).await.unwrap();
    first.pay(&merchant(), amount(100)).await.unwrap();
    // The second device finds both tokens, of which the first device has spent one.
    assert!(matches!(second.withdraw(amount(150)).await, Err(WalletError::Refused(_))));
    assert_eq!(second.balance().unwrap().available, amount(50));
    assert_eq!(second.balance().unwrap().arriving, Amount::ZERO);
    second.pay(&merchant(), amount(50)).await.unwrap();
    assert!(second.pending().is_empty());
    mint.assert_clean().await;
}

async fn tokens_are_refreshed_in_the_last_quarter_of_their_life(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let store = MemoryStore::default();
    let wallet = mint.open_wallet(&store, 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet.withdraw(amount(100)).await.unwrap();
    assert_eq!(wallet.refresh().await.unwrap(), Amount::ZERO);
    // A keyset issues for 30 days and redeems for 90 more, so the last quarter of its life begins on day 90.
    mint.clock.advance_days(91);
    let mint = mint.restart().await;
    let wallet = mint.open_wallet(&store, 2).await;
    assert_eq!(wallet.refresh().await.unwrap(), amount(100));
    assert_eq!(wallet.refresh().await.unwrap(), Amount::ZERO);
    wallet.pay(&merchant(), amount(100)).await.unwrap();
    mint.assert_clean().await;
}

async fn a_mint_that_changes_its_name_or_keys_is_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let store = MemoryStore::default();
    let wallet = mint.open_wallet(&store, 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    let other = TestMint::start_on_with(engine, &[("INSTITUTION_ID", "inst_other")]).await;
    let misled = other.open_wallet(&store, 1).await;
    assert!(matches!(misled.connect().await, Err(WalletError::Keys(_))));
    // A wallet with the real key policy rejects the short keys of test mints.
    let real = Wallet::open(MemoryStore::default(), mint.api(), mint.device(3), mint.origin()).await.unwrap();
    real.create().await.unwrap();
    assert!(matches!(real.connect().await, Err(WalletError::Keys(_))));
}

async fn a_text_that_overlaps_a_pending_receive_is_received_completely(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut giver = RawWallet::open(mint.raw()).await;
    for (number, spend_first) in [(60, false), (70, true)] {
        let store = MemoryStore::default();
        let wallet = mint.open_wallet(&store, number).await;
        wallet.create().await.unwrap();
        wallet.connect().await.unwrap();
        let tokens = giver.withdraw(50, 2).await;
        // The device crashes after the plan of the first token is stored.
        let crashing = CrashingStore::new(store.clone());
        crashing.die_after(1);
        let device = mint.device(number + 1);
        let dying =
            Wallet::open_with_dangerous_test_keys(crashing, mint.api(), device, mint.origin()).await.unwrap();
        let _ = dying.receive(&giver.text(&mint.origin(), tokens[..1].to_vec())).await;
        // Unless the plan was committed before the crash, someone else can spend its token.
        let body = json!({ "tokens": giver.wire(&tokens[..1]), "merchant_id": "merchant_demo" });
        let is_lost = spend_first && mint.raw().post("/api/v1/redeem", None, None, &body).await.status == 200;
        let wallet = mint.open_wallet(&store, number + 2).await;
        assert_eq!(wallet.pending().len(), 1);
        let received = wallet.receive(&giver.text(&mint.origin(), tokens.clone())).await.unwrap();
        let lost = if is_lost { 50 } else { 0 };
        assert_eq!((received.amount, received.lost), (amount(100 - lost), amount(lost)));
        assert_eq!(wallet.balance().unwrap().available, amount(100 - lost));
        assert!(wallet.pending().is_empty());
    }
    mint.assert_clean().await;
}

async fn a_receive_continues_after_a_crash_between_cancel_and_replacement(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let store = MemoryStore::default();
    let wallet = mint.open_wallet(&store, 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    let mut giver = RawWallet::open(mint.raw()).await;
    let tokens = giver.withdraw(50, 3).await;
    let text = giver.text(&mint.origin(), tokens.clone());
    let body = json!({ "tokens": giver.wire(&tokens[1..2]), "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &body).await.status, 200);
    // The device crashes three times, each time directly after one write: the plan is stored first, then its
    // replacement.
    for number in [50, 51, 52] {
        let crashing = CrashingStore::new(store.clone());
        crashing.die_after(1);
        // Each with its own randomness: plans of one wallet never have the same id.
        let device = mint.device(number);
        let dying =
            Wallet::open_with_dangerous_test_keys(crashing, mint.api(), device, mint.origin()).await.unwrap();
        let _ = dying.receive(&text).await;
        let _ = dying.resume().await;
    }
    let wallet = mint.open_wallet(&store, 9).await;
    assert_eq!(wallet.resume().await.unwrap(), 0);
    assert_eq!(wallet.balance().unwrap().available, amount(100));
    mint.assert_clean().await;
}

async fn a_duplicate_token_in_a_text_counts_once(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let wallet = mint.wallet(1).await;
    let mut giver = RawWallet::open(mint.raw()).await;
    let tokens = giver.withdraw(50, 1).await;
    let text = giver.text(&mint.origin(), vec![tokens[0].clone(), tokens[0].clone()]);
    assert_eq!(wallet.receive(&text).await.unwrap().amount, amount(50));
    mint.assert_clean().await;
}

async fn a_restore_searches_past_many_spent_tokens(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let wallet = mint.wallet(1).await;
    let ten = Denomination::new(10).unwrap();
    // 300 spent tokens, then 10 unspent ones: the restore must search past the spent ones.
    for _ in 0..3 {
        wallet.withdraw_in(amount(1000), ten).await.unwrap();
        wallet.pay(&merchant(), amount(1000)).await.unwrap();
    }
    wallet.withdraw_in(amount(100), ten).await.unwrap();
    let found = mint.open_wallet(&MemoryStore::default(), 2).await;
    found.restore_from_phrase(&wallet.recovery_phrase().unwrap().join(" ")).await.unwrap();
    found.connect().await.unwrap();
    found.restore().await.unwrap();
    assert_eq!(found.balance().unwrap().available, amount(100));
    assert!(found.pending().is_empty());
    mint.assert_clean().await;
}

async fn more_tokens_than_fit_into_one_request_still_pay(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let wallet = mint.wallet(1).await;
    let ten = Denomination::new(10).unwrap();
    wallet.withdraw_in(amount(1000), ten).await.unwrap();
    wallet.withdraw_in(amount(1000), ten).await.unwrap();
    wallet.pay(&merchant(), amount(1500)).await.unwrap();
    assert_eq!(wallet.balance().unwrap().available, amount(500));
    mint.assert_clean().await;
}

async fn a_device_whose_clock_is_slow_agrees_with_the_mint(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let store = MemoryStore::default();
    let wallet = mint.open_wallet(&store, 1).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    // The device's clock does not advance, while the mint's moves past a key rotation.
    let slow = TestDevice::new(TestClock::default(), Seeded::new(5));
    mint.clock.advance_days(31);
    let mint = mint.restart().await;
    let wallet = Wallet::open_with_dangerous_test_keys(store, mint.api(), slow, mint.origin()).await.unwrap();
    let mut giver = RawWallet::open(mint.raw()).await;
    let tokens = giver.withdraw(50, 1).await;
    assert_eq!(wallet.receive(&giver.text(&mint.origin(), tokens)).await.unwrap().amount, amount(50));
    wallet.withdraw(amount(100)).await.unwrap();
    mint.assert_clean().await;
}
