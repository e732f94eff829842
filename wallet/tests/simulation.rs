//! R22: simulations on both ledgers of one wallet that crashes, and of several wallets while keys rotate.
//!
//! `ECASH_SEEDS=from..to` and `ECASH_SIMULATIONS=from..to` run other seeds; `cargo xtask soak` runs 10,000
//! and 2,000.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::simulation::{SEVERAL_WALLETS, WALLET_THAT_CRASHES, in_memory, run, seeds};
use ecash_harness::{Engine, on_every_ledger};

on_every_ledger! {
    r22_wallet_and_in_flight_equal_issued_for_every_seed,
    whatever_happens_the_money_is_conserved,
}

async fn r22_wallet_and_in_flight_equal_issued_for_every_seed(engine: Engine) {
    run(engine, WALLET_THAT_CRASHES, seeds("ECASH_SEEDS", 80), in_memory()).await;
}

async fn whatever_happens_the_money_is_conserved(engine: Engine) {
    run(engine, SEVERAL_WALLETS, seeds("ECASH_SIMULATIONS", 12), in_memory()).await;
}
