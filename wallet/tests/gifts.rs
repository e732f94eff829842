//! Gifts: tokens given away as text are received, shown again, checked and taken back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::Amount;
use ecash_core::token::MAX_MEMO_LEN;
use ecash_core::wire::ErrorCode;
use ecash_harness::{Engine, InProcess, TestDevice, TestMint, on_every_ledger};
use ecash_wallet::api::{Call, HttpApi, Reply, Transport};
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{
    ActivityKind, ActivityState, ApiError, EndReason, GiftState, Received, Wallet, WalletError,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

on_every_ledger! {
    a_gift_is_received_and_its_state_checked,
    a_gift_that_was_not_received_is_taken_back,
    when_giver_and_receivers_race_exactly_one_wins,
    giving_needs_the_mint_only_for_change,
}

/// A transport that can be interrupted.
#[derive(Clone)]
struct Cut {
    inner: InProcess,
    is_cut: Arc<AtomicBool>,
}

impl Transport for Cut {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        if self.is_cut.load(Ordering::Relaxed) { Err(ApiError::Lost) } else { self.inner.call(call).await }
    }
}

type TestWallet = Wallet<MemoryStore, HttpApi<Cut>, TestDevice>;

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

async fn open(mint: &TestMint, store: &MemoryStore, is_cut: &Arc<AtomicBool>, seed: u64) -> TestWallet {
    let api = HttpApi(Cut { inner: mint.transport(), is_cut: is_cut.clone() });
    let device = mint.device(seed);
    Wallet::open_with_dangerous_test_keys(store.clone(), api, device, mint.origin()).await.unwrap()
}

async fn fresh(mint: &TestMint, seed: u64) -> TestWallet {
    let wallet = open(mint, &MemoryStore::default(), &Arc::default(), seed).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet
}

async fn a_gift_is_received_and_its_state_checked(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (alice, bob) = (fresh(&mint, 1).await, fresh(&mint, 2).await);
    alice.withdraw(amount(100)).await.unwrap();
    let too_long = Some("x".repeat(MAX_MEMO_LEN + 1));
    assert!(matches!(alice.give(amount(60), too_long).await, Err(WalletError::Bundle(_))));
    assert!(matches!(alice.give(amount(110), None).await, Err(WalletError::InsufficientFunds { .. })));

    let gift = alice.give(amount(60), Some("for lunch".to_owned())).await.unwrap();
    let balance = alice.balance().unwrap();
    assert_eq!((balance.available, balance.given), (amount(40), amount(60)));
    assert_eq!(alice.gift(&gift.id).unwrap(), gift);
    let untouched = GiftState { taken: Amount::ZERO, waiting: amount(60), is_known: true };
    assert_eq!(alice.check_gift(&gift.id).await.unwrap(), untouched);

    let preview = bob.preview(&format!("Here: {}!", gift.text)).unwrap();
    assert_eq!((preview.amount, preview.memo.as_deref()), (Some(amount(60)), Some("for lunch")));
    assert!(!preview.is_own && alice.preview(&gift.text).unwrap().is_own);
    assert_eq!(bob.receive(&gift.text).await.unwrap(), Received { amount: amount(60), lost: Amount::ZERO });
    let taken = GiftState { taken: amount(60), waiting: Amount::ZERO, is_known: true };
    assert_eq!(alice.check_gift(&gift.id).await.unwrap(), taken);
    assert_eq!(alice.balance().unwrap().given, Amount::ZERO);
    let activity = alice.activity().into_iter().find(|one| one.kind == ActivityKind::Give).unwrap();
    assert_eq!((activity.state, activity.note.as_deref()), (ActivityState::Done, Some("for lunch")));
    assert!(matches!(alice.gift(&gift.id), Err(WalletError::PlanEnded)));
    mint.assert_clean().await;
}

async fn a_gift_that_was_not_received_is_taken_back(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (store, is_cut) = (MemoryStore::default(), Arc::default());
    let alice = open(&mint, &store, &is_cut, 1).await;
    alice.create().await.unwrap();
    alice.connect().await.unwrap();
    alice.withdraw(amount(100)).await.unwrap();
    let gift = alice.give(amount(60), None).await.unwrap();
    // The gift survives a restart. Taking it back waits until the mint responds.
    drop(alice);
    let alice = open(&mint, &store, &is_cut, 3).await;
    assert_eq!(alice.gift(&gift.id).unwrap(), gift);
    is_cut.store(true, Ordering::Relaxed);
    assert!(matches!(alice.take_back(&gift.id).await, Err(WalletError::Pending)));
    assert_eq!(alice.balance().unwrap().arriving, amount(60));
    is_cut.store(false, Ordering::Relaxed);
    assert_eq!(alice.resume().await.unwrap(), 0);
    assert_eq!(
        (alice.balance().unwrap().available, alice.balance().unwrap().given),
        (amount(100), Amount::ZERO)
    );
    // The text is now worthless.
    let bob = fresh(&mint, 2).await;
    assert!(matches!(bob.receive(&gift.text).await, Err(WalletError::Refused(_))));
    // A text that is pasted into the wallet that gave it is taken back.
    let again = alice.give(amount(50), None).await.unwrap();
    assert_eq!(alice.receive(&again.text).await.unwrap().amount, amount(50));
    assert_eq!(alice.balance().unwrap().available, amount(100));
    // A restore from the phrase also takes back gifts.
    alice.give(amount(30), None).await.unwrap();
    let phrase = alice.recovery_phrase().unwrap().join(" ");
    let found = open(&mint, &MemoryStore::default(), &Arc::default(), 4).await;
    found.restore_from_phrase(&phrase).await.unwrap();
    assert_eq!(found.restore().await.unwrap().amount, amount(100));
    mint.assert_clean().await;
}

async fn when_giver_and_receivers_race_exactly_one_wins(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (alice, bob, eve) = (fresh(&mint, 1).await, fresh(&mint, 2).await, fresh(&mint, 3).await);
    alice.withdraw(amount(1000)).await.unwrap();
    let mut wins = [0; 3];
    for _ in 0..6 {
        let gift = alice.give(amount(60), None).await.unwrap();
        let (back, to_bob, to_eve) =
            tokio::join!(alice.take_back(&gift.id), bob.receive(&gift.text), eve.receive(&gift.text));
        let results = [back, to_bob, to_eve];
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        for (wins, result) in wins.iter_mut().zip(results) {
            match result {
                Ok(received) => *wins += received.amount.minor(),
                Err(WalletError::Refused(problem)) => assert_eq!(problem.code, ErrorCode::TokenAlreadySpent),
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    let held = [&alice, &bob, &eve].map(|wallet| wallet.balance().unwrap().available.minor());
    assert_eq!(held, [1000 - 360 + wins[0], wins[1], wins[2]]);
    let refused = alice.activity().into_iter().filter(|one| one.kind == ActivityKind::TakeBack);
    for activity in refused.filter(|one| one.state == ActivityState::Cancelled) {
        assert_eq!(activity.end_reason, Some(EndReason::Refused(ErrorCode::TokenAlreadySpent)));
    }
    mint.assert_clean().await;
}

async fn giving_needs_the_mint_only_for_change(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (store, is_cut) = (MemoryStore::default(), Arc::default());
    let alice = open(&mint, &store, &is_cut, 1).await;
    alice.create().await.unwrap();
    alice.connect().await.unwrap();
    alice.withdraw(amount(60)).await.unwrap();
    is_cut.store(true, Ordering::Relaxed);
    let gift = alice.give(amount(10), None).await.unwrap();
    assert!(matches!(alice.give(amount(20), None).await, Err(WalletError::Pending)));
    assert_eq!((alice.balance().unwrap().arriving, alice.balance().unwrap().given), (amount(50), amount(10)));
    let bob = fresh(&mint, 2).await;
    assert_eq!(bob.receive(&gift.text).await.unwrap().amount, amount(10));
}
