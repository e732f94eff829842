//! Test support shared by several crates: mints, servers, faulty transports and stores. Development only.
//!
//! Wallet and mint never import each other. The harness imports both and connects them over the mint's real
//! HTTP routes.
#![allow(clippy::expect_used, clippy::panic, reason = "a harness that cannot start must fail the test")]

mod bit_flipper;
mod chaos_proxy;
mod clock;
mod crashing_store;
mod device;
mod engine;
mod event_stream;
mod faulty_ledger;
mod in_process;
mod lossy;
mod raw;
mod sealed_audit;
mod seeded;
mod servers;
pub mod simulation;
mod step;
mod test_database;
mod test_mint;

pub use bit_flipper::BitFlipper;
pub use chaos_proxy::{ChaosProxy, OnCommit};
pub use clock::TestClock;
pub use crashing_store::CrashingStore;
pub use device::TestDevice;
pub use ecash_servers::NginxSettings;
pub use engine::Engine;
pub use event_stream::EventStream;
pub use faulty_ledger::{WriteFault, faulty_ledger};
pub use in_process::InProcess;
pub use lossy::{Loss, Lossy};
pub use raw::{Answer, RawClient, RawWallet, finalize, output_requests};
pub use sealed_audit::sealed_audit;
pub use seeded::Seeded;
pub use servers::{
    CEREMONY, MintProcess, Nginx, PostgresServer, RedisCluster, RedisServer, SignerProcess, SoftHsm, fill_up,
    free_port,
};
pub use step::{Step, wait_for};
pub use test_database::TestDatabase;
pub use test_mint::{Connections, TestMint, TestWallet, narrow_settings};
