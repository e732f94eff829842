//! What tests of several crates share. Development only.
//!
//! Wallet and mint never import each other; they meet here, over the mint's real HTTP routes.
#![allow(clippy::expect_used, clippy::panic, reason = "a harness that cannot start must fail the test")]

mod bit_flipper;
mod certificate;
mod chaos_proxy;
mod crashing_store;
mod device;
mod engine;
mod event_stream;
mod faulty_ledger;
mod free_port;
mod in_process;
pub mod lives;
mod lossy;
mod mint_process;
mod nginx;
mod postgres_server;
mod raw;
mod redis_server;
mod sealed_audit;
mod seeded;
pub mod simulation;
mod soft_hsm;
mod step;
mod test_database;
mod test_mint;

pub use bit_flipper::BitFlipper;
pub use chaos_proxy::{ChaosProxy, OnCommit};
pub use crashing_store::CrashingStore;
pub use device::TestDevice;
pub use engine::Engine;
pub use event_stream::EventStream;
pub use faulty_ledger::{WriteFault, faulty_ledger};
pub use free_port::free_port;
pub use in_process::InProcess;
pub use lossy::{Loss, Lossy};
pub use mint_process::{MintProcess, fill_up};
pub use nginx::{Nginx, NginxSettings};
pub use postgres_server::PostgresServer;
pub use raw::{Answer, RawClient, RawWallet, finalize, output_requests};
pub use redis_server::{RedisCluster, RedisServer};
pub use sealed_audit::sealed_audit;
pub use seeded::Seeded;
pub use soft_hsm::{CEREMONY, SignerProcess, SoftHsm};
pub use step::{Step, wait_for};
pub use test_database::TestDatabase;
pub use test_mint::{TestClock, TestMint, narrow_settings};
