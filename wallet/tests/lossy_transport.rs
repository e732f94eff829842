//! R22: whatever is lost and wherever the device dies, nobody loses money.
//! `ECASH_SEEDS=from..to` runs other seeds (`cargo xtask soak` runs 10,000).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::lives::{r22_wallet_and_in_flight_equal_issued, seeds};
use ecash_harness::{Engine, TestMint, on_every_ledger};
use ecash_wallet::store::MemoryStore;
use std::collections::HashMap;

on_every_ledger! {
    r22_wallet_and_in_flight_equal_issued_for_every_seed,
}

async fn r22_wallet_and_in_flight_equal_issued_for_every_seed(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut stores: HashMap<u64, MemoryStore> = HashMap::new();
    let open = async |seed| stores.entry(seed).or_default().clone();
    r22_wallet_and_in_flight_equal_issued(&mint, seeds(200), open).await;
}
