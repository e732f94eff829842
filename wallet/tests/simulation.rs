//! Random sequences of everything, against two mints on one ledger. `ECASH_SIMULATIONS=from..to` runs
//! other seeds (`cargo xtask soak simulations` runs 2,000).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::simulation::{run, seeds};
use ecash_harness::{Engine, on_every_ledger};

on_every_ledger! {
    whatever_happens_the_money_is_conserved,
}

async fn whatever_happens_the_money_is_conserved(engine: Engine) {
    run(engine, seeds(12)).await;
}
