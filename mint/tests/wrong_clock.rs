//! O3: one start with a wrong clock does nothing irreversible. R21: jumps of the clock lead to monotone decisions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::keys::Phase;
use ecash_harness::{Engine, MintProcess, RawWallet, TestMint, on_every_ledger};
use serde_json::json;
use std::process::Command;
use tempfile::TempDir;

on_every_ledger! {
    o3_a_clock_in_doubt_ends_no_epoch_and_makes_no_keyset,
    o3_a_second_observation_a_day_later_is_believed,
    o3_a_demo_keeps_working_after_a_long_pause,
    r21_clock_jumps_lead_to_monotone_decisions,
}

/// Later than the end of the first keyset's epoch, 30 + 90 + 730 + 30 days.
const LONG_AFTER_DAYS: u64 = 1000;

/// The environment of a process whose clock is 1000 days ahead (`faketime`).
const FUTURE: [(&str, &str); 2] =
    [("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1"), ("FAKETIME", "+1000d")];

async fn euro_mint(engine: Engine) -> TestMint {
    TestMint::start_on_with(engine, &[("CURRENCY", "EUR"), ("CURRENCY_EXPONENT", "2")]).await
}

async fn restarted(mint: &TestMint) -> TestMint {
    mint.replica_with(&[("CURRENCY", "EUR"), ("CURRENCY_EXPONENT", "2")]).await
}

/// Returns the number of keysets, and how many have ended.
async fn keysets(mint: &TestMint) -> (usize, usize) {
    let keysets = mint.ledger.keysets.keysets().await.unwrap();
    (keysets.len(), keysets.iter().filter(|stored| stored.ended).count())
}

async fn o3_a_clock_in_doubt_ends_no_epoch_and_makes_no_keyset(engine: Engine) {
    let mint = euro_mint(engine).await;
    let right = mint.clock.clone();
    let before = right.unix_seconds();
    right.advance_days(LONG_AFTER_DAYS);
    let wrong = restarted(&mint).await;
    assert_eq!(keysets(&wrong).await, (1, 0));
    // Repeated checks do not confirm it.
    for _ in 0..3 {
        assert!(wrong.mint.rotate_keys().await.is_err());
    }
    assert_eq!(keysets(&wrong).await, (1, 0));
    let health = wrong.raw().get("/health", None).await;
    assert_eq!(health.status, 200, "the mint must serve: {health:?}");
    assert!(wrong.metrics().await.contains("ecash_clock_in_doubt 1\n"));
    // With the clock corrected, the mint works as before.
    right.set(before + 3600);
    let again = restarted(&mint).await;
    assert_eq!(keysets(&again).await, (1, 0));
    assert!(again.metrics().await.contains("ecash_clock_in_doubt 0\n"));
    let stored = again.ledger.keysets.keysets().await.unwrap().remove(0);
    assert_eq!(stored.keyset.dates.phase(again.mint.now()), Phase::Issuing);
    again.assert_clean().await;
}

async fn o3_a_second_observation_a_day_later_is_believed(engine: Engine) {
    let mint = euro_mint(engine).await;
    mint.clock.advance_days(LONG_AFTER_DAYS);
    let later = restarted(&mint).await;
    assert_eq!(keysets(&later).await, (1, 0));
    mint.clock.advance_days(1);
    later.mint.rotate_keys().await.unwrap();
    assert_eq!(keysets(&later).await, (2, 1));
    later.assert_clean().await;
}

async fn o3_a_demo_keeps_working_after_a_long_pause(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    mint.clock.advance_days(LONG_AFTER_DAYS);
    let later = mint.restart().await;
    // A new keyset issues; the old epoch has not ended yet.
    assert_eq!(keysets(&later).await, (2, 0));
    RawWallet::open(later.raw()).await.withdraw(10, 1).await;
    later.assert_clean().await;
}

/// The mint's clock decides each request by itself (protocol §2), so a jump that is corrected leaves no trace. What the ledger has
/// recorded, the end of an epoch, is not undone by any clock.
async fn r21_clock_jumps_lead_to_monotone_decisions(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let mut tokens = wallet.withdraw(10, 9).await.into_iter();
    let dates = mint.ledger.keysets.keysets().await.unwrap().remove(0).keyset.dates;
    let right = mint.clock.unix_seconds();
    let mut redeem = async |wallet: &RawWallet| {
        let token = tokens.next().unwrap();
        let body = json!({ "tokens": wallet.wire(&[token]), "merchant_id": "merchant_demo" });
        let response = mint.raw().post("/api/v1/redeem", None, None, &body).await;
        (response.status == 200, response.body["code"].as_str().unwrap_or_default().to_owned())
    };
    for jump_s in [-86_400, -3600, 3600, 86_400] {
        mint.clock.set(right.saturating_add_signed(jump_s));
        // Rotation may refuse to decide by such a clock.
        let _ = mint.mint.rotate_keys().await;
        let issues = dates.phase(mint.mint.now()) == Phase::Issuing;
        assert_eq!(redeem(&wallet).await.0, issues, "{jump_s} s");
        mint.clock.set(right);
        mint.mint.rotate_keys().await.unwrap();
        wallet.withdraw(10, 1).await;
    }
    assert_eq!(keysets(&mint).await.1, 0);
    // The second decides, in both directions.
    let expiry = dates.redeem_until.unix_seconds();
    for (now, is_redeemed) in [(expiry - 1, true), (expiry, false), (expiry - 1, true)] {
        mint.clock.set(now);
        assert_eq!(redeem(&wallet).await.0, is_redeemed, "{now}");
    }
    // Two observations a day apart end the epoch. No later clock reopens it.
    mint.clock.set(dates.swap_until.plus_days(31).unix_seconds());
    let _ = mint.mint.rotate_keys().await;
    mint.clock.advance_days(1);
    mint.mint.rotate_keys().await.unwrap();
    assert_eq!(keysets(&mint).await.1, 1);
    mint.clock.set(right);
    assert_eq!(redeem(&wallet).await, (false, "token_expired".to_owned()));
    mint.assert_clean().await;
}

#[tokio::test]
async fn o3_the_operator_confirms_the_clock_by_command() {
    const BINARY: &str = env!("CARGO_BIN_EXE_ecash-mint");
    let folder = TempDir::new().unwrap();
    let settings = [("DENOMINATIONS", "10")];
    let mut mint = MintProcess::start(BINARY, folder.path(), &settings).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 1).await;
    assert!(mint.stop());
    // The machine's clock is 1000 days ahead.
    let in_the_future = [settings.as_slice(), FUTURE.as_slice()].concat();
    let mut wrong = MintProcess::start(BINARY, folder.path(), &in_the_future).await;
    assert!(wrong.stop());
    // With the right clock the token is still redeemable.
    let mut right = MintProcess::start(BINARY, folder.path(), &settings).await;
    let redeem = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    assert_eq!(right.raw().post("/api/v1/redeem", None, None, &redeem).await.status, 200);
    assert!(right.stop());
    // The operator confirms the clock, and the epoch ends.
    let command = |arguments: &[&str], settings: &[(&str, &str)]| {
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .env_clear()
            .env("ECASH_DATA_DIR", folder.path())
            .envs(settings.iter().copied());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    command(&["clock", "confirm"], &in_the_future);
    let mut later = MintProcess::start(BINARY, folder.path(), &in_the_future).await;
    let keyset = later.raw().get("/api/v1/keys", None).await;
    let keysets = keyset.body["keysets"].as_array().unwrap();
    assert_eq!(keysets.len(), 2, "{keysets:?}");
    assert!(later.stop());
    command(&["audit"], &settings);
}
