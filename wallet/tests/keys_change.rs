//! Key rotation by the test's clock, while mints and wallets keep running. A keyset is announced, issues,
//! stops redeeming, stops swapping, and ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::{AccountId, Amount};
use ecash_harness::{Engine, Loss, Lossy, RawWallet, Seeded, TestMint, on_every_ledger, output_requests};
use ecash_mint::keys::{MakeError, RotationError};
#[cfg(feature = "servers")]
use ecash_mint::start::StartError;
use ecash_wallet::Wallet;
use ecash_wallet::api::HttpApi;
use ecash_wallet::store::MemoryStore;
use serde_json::json;

on_every_ledger! {
    one_of_two_mints_announces_the_next_keyset_seven_days_ahead,
    wallets_cross_two_changes_and_come_back_after_a_year,
    an_epoch_ends_once_and_its_unspent_rest_expires,
    a_taken_keyset_name_is_reported_and_creates_no_more_keys,
    a_lossy_connection_still_fetches_many_keysets,
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn merchant() -> AccountId {
    AccountId::new("merchant_demo").unwrap()
}

/// Advances the clock in steps of five days, and runs the mint's key rotation after each, as its background
/// task would.
async fn pass_days(mint: &TestMint, days: u64) {
    for _ in 0..days.div_ceil(5) {
        mint.clock.advance_days(5);
        mint.mint.rotate_keys().await.unwrap();
    }
}

fn keyset_names(mint: &TestMint) -> Vec<String> {
    mint.mint.keyring().keysets().iter().map(|stored| stored.keyset.keyset_id.to_string()).collect()
}

async fn one_of_two_mints_announces_the_next_keyset_seven_days_ahead(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let replica = mint.replica(|ledger| ledger).await;
    let rotate_both = async || {
        let (one, two) = tokio::join!(mint.mint.rotate_keys(), replica.mint.rotate_keys());
        one.and(two).unwrap();
        // The mint that lost the race loads the other's keyset in its next rotation.
        mint.mint.rotate_keys().await.unwrap();
        replica.mint.rotate_keys().await.unwrap();
    };
    mint.clock.advance_days(22);
    rotate_both().await;
    assert_eq!(keyset_names(&mint), ["key_001"]);

    mint.clock.advance_days(1);
    rotate_both().await;
    assert_eq!(keyset_names(&mint), ["key_001", "key_002"]);
    assert_eq!(keyset_names(&replica), ["key_001", "key_002"]);
    assert_eq!(mint.mint.keyring().keysets(), replica.mint.keyring().keysets());
    // The mint that lost the race deleted the keys that it had generated.
    let files = std::fs::read_dir(mint.folder().join("keys")).unwrap().count();
    assert_eq!(files, 2);

    // The new keyset is published, but withdrawals with it are rejected until `valid_from`.
    let keys = replica.raw().get("/api/v1/keys", None).await.body;
    assert_eq!(keys["key_id"], "key_001");
    assert_eq!(keys["keysets"][1]["valid_from"], keys["keysets"][0]["issue_until"]);
    assert_eq!(keys["keysets"][1]["keys"].as_array().unwrap().len(), 5);
    let mut early = RawWallet::open(mint.raw()).await;
    early.keyset = mint.mint.keyring().keysets()[1].keyset.clone();
    let outputs = early.outputs(10, 1);
    let body = json!({ "amount": 10, "outputs": output_requests(&outputs) });
    let refused = mint.raw().post("/api/v1/withdraw", Some(&early.token), None, &body).await;
    assert_eq!(refused.code(), "key_not_issuing");

    // From `valid_from`, both mints issue the new keyset.
    mint.clock.advance_days(7);
    for client in [mint.raw(), replica.raw()] {
        let mut wallet = RawWallet::open(client).await;
        assert_eq!(wallet.keyset.keyset_id.as_str(), "key_002");
        wallet.withdraw(10, 2).await;
    }
    mint.assert_clean().await;
}

async fn wallets_cross_two_changes_and_come_back_after_a_year(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let away = mint.wallet(1).await;
    away.withdraw(amount(470)).await.unwrap();
    let daily = mint.wallet(2).await;
    daily.withdraw(amount(100)).await.unwrap();

    // Two rotations; the daily wallet pays with tokens of each keyset and makes change.
    for paid in 1..=2_u64 {
        pass_days(&mint, 30).await;
        daily.withdraw(amount(100)).await.unwrap();
        daily.pay(&merchant(), amount(40)).await.unwrap();
        assert_eq!(daily.balance().unwrap().available, amount(100 + 60 * paid));
    }
    assert_eq!(keyset_names(&mint), ["key_001", "key_002", "key_003"]);

    // In the last quarter of a keyset's redeemable life, a refresh swaps its tokens.
    pass_days(&mint, 65).await;
    let refreshed = daily.refresh().await.unwrap();
    assert!(!refreshed.is_zero() && refreshed < amount(220), "{refreshed:?}");
    assert_eq!(daily.balance().unwrap().available, amount(220));

    // After `redeem_until` the tokens can no longer pay, but a refresh still swaps them.
    pass_days(&mint, 240).await;
    assert_eq!(
        (away.balance().unwrap().available, away.balance().unwrap().to_renew),
        (Amount::ZERO, amount(470))
    );
    assert!(away.pay(&merchant(), amount(10)).await.is_err());
    assert_eq!(away.refresh().await.unwrap(), amount(470));
    assert_eq!(
        (away.balance().unwrap().available, away.balance().unwrap().to_renew),
        (amount(470), Amount::ZERO)
    );
    away.pay(&merchant(), amount(130)).await.unwrap();
    assert_eq!(away.balance().unwrap().available, amount(340));
    daily.refresh().await.unwrap();
    daily.pay(&merchant(), amount(220)).await.unwrap();

    // A restore from the seed finds the remaining tokens across old and current keysets.
    let found = mint.open_wallet(&MemoryStore::default(), 3).await;
    found.restore_from_phrase(&away.recovery_phrase().unwrap().join(" ")).await.unwrap();
    found.connect().await.unwrap();
    assert_eq!(found.restore().await.unwrap().amount, amount(340));
    mint.assert_clean().await;
}

async fn an_epoch_ends_once_and_its_unspent_rest_expires(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let lost = mint.wallet(1).await;
    lost.withdraw(amount(60)).await.unwrap();
    let mut raw = RawWallet::open(mint.raw()).await;
    let tokens = raw.withdraw(10, 2).await;
    let wire = raw.wire(&tokens);
    let swap = |index: usize, raw: &mut RawWallet, keyset| {
        raw.keyset = keyset;
        let outputs = raw.outputs(10, 1);
        json!({ "tokens": [wire[index]], "outputs": output_requests(&outputs) })
    };
    let issuing = || {
        let now = mint.mint.now();
        mint.mint.keyring().issuing(now).unwrap().keyset.clone()
    };

    // The last days before `swap_until`, which is 30 + 90 + 730 days after the start.
    pass_days(&mint, 845).await;
    let body = swap(0, &mut raw, issuing());
    assert_eq!(mint.raw().post("/api/v1/swap", None, None, &body).await.status, 200);
    assert!(!mint.mint.keyring().keysets()[0].ended);
    pass_days(&mint, 5).await;
    let body = swap(1, &mut raw, issuing());
    assert_eq!(mint.raw().post("/api/v1/swap", None, None, &body).await.code(), "token_expired");
    assert_eq!(lost.balance().unwrap(), ecash_wallet::Balance { expired: amount(60), ..Default::default() });
    assert_eq!(lost.refresh().await.unwrap(), Amount::ZERO);

    // 30 days later exactly one of the two mints ends the keyset, permanently and independently of the clock.
    // The unspent 60 and 10 have expired; the swapped 10 belongs to a later keyset.
    pass_days(&mint, 25).await;
    let before = mint.audit().await;
    let replica = mint.replica(|ledger| ledger).await;
    mint.clock.advance_days(5);
    let (one, two) = tokio::join!(mint.mint.rotate_keys(), replica.mint.rotate_keys());
    one.and(two).unwrap();
    let after = mint.audit().await;
    assert_eq!(after.accounts_minor - before.accounts_minor, 70);
    assert_eq!(before.outstanding_minor - after.outstanding_minor, 70);
    assert_eq!(after.operations, before.operations + 1);
    assert!(mint.mint.keyring().keysets()[0].ended);
    let restarted = mint.restart().await;
    assert!(restarted.mint.keyring().keysets()[0].ended);
    let verified = mint.raw().post("/api/v1/verify", None, None, &json!({ "token": wire[1] })).await;
    assert_eq!(verified.body["valid"], false);
    mint.assert_clean().await;
}

/// Regression, found by the simulation: a connect succeeded only if it fetched all keysets in one attempt.
async fn a_lossy_connection_still_fetches_many_keysets(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    pass_days(&mint, 400).await;
    assert!(keyset_names(&mint).len() > 12);
    let loss = Loss { requests_percent: 15, responses_percent: 20 };
    let api = HttpApi(Lossy::new(mint.transport(), Seeded::new(5), loss));
    let (store, device) = (MemoryStore::default(), mint.device(5));
    let wallet = Wallet::open_with_dangerous_test_keys(store, api, device, mint.origin()).await.unwrap();
    wallet.create().await.unwrap();
    let mut attempts = 0;
    while wallet.connect().await.is_err() {
        attempts += 1;
        assert!(attempts < 60, "each attempt must make progress");
    }
}

async fn a_taken_keyset_name_is_reported_and_creates_no_more_keys(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let renamed = mint.replica_with(&[("KEY_ID", "key_000")]).await;
    mint.clock.advance_days(25);
    let result = renamed.mint.rotate_keys().await;
    assert!(matches!(result, Err(RotationError::Make(MakeError::NameTaken))), "{result:?}");
    assert_eq!(std::fs::read_dir(mint.folder().join("keys")).unwrap().count(), 1);
    mint.mint.rotate_keys().await.unwrap();
    assert_eq!(keyset_names(&mint), ["key_001", "key_002"]);
}

/// A mint whose clock is years ahead must not end keysets whose tokens are still worth money.
#[cfg(feature = "servers")]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_neither_announces_nor_ends() {
    struct YearsAhead;
    impl ecash_environment::Clock for YearsAhead {
        fn now(&self) -> ecash_core::Timestamp {
            ecash_environment::SystemClock.now().plus_days(1000)
        }
        fn is_of_this_machine(&self) -> bool {
            true
        }
    }
    let mint = TestMint::start_on(Engine::Postgres).await;
    let (ledger, clock) = (mint.ledger.clone(), std::sync::Arc::new(YearsAhead));
    let entropy = std::sync::Arc::new(ecash_environment::SystemEntropy);
    let refused = ecash_mint::start::assemble_on(&mint.settings, ledger, clock, entropy).await;
    let Err(StartError::Keys(RotationError::Clock { .. })) = refused else {
        panic!("a wrong clock must be rejected")
    };
    let keysets = mint.ledger.keysets.keysets().await.unwrap();
    assert_eq!(keysets.len(), 1);
    assert!(!keysets[0].ended);
}
