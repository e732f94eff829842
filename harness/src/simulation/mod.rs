//! Random runs of wallets against real mints on a real ledger. Transports lose requests and responses,
//! devices crash or are lost, keys rotate, and time passes.
//!
//! After each case, every wallet settles over a reliable transport. Then:
//! 1. wallets, accounts and the merchant together hold exactly the money that was put in;
//! 2. a bundle was received completely by one wallet or not at all, and a bundle that a wallet accepted was
//!    received;
//! 3. every mint returns the same response again to a repeated operation;
//! 4. the ledger's invariants hold;
//! 5. a restore from the seed finds the wallet's balance (some cases).
//!
//! **Not covered**: sockets, nginx and Redis, because requests go directly to the mint's router in this
//! process; a killed mint or database (`mint/tests/processes.rs`, `postgres_lost.rs`); faults of a signer
//! (`hsm_faults.rs`); browsers (`lives.spec.ts`).
//!
//! **Determinism**: the script of a case and the wallets' randomness are determined by the seed. The mint's
//! keys and the order of concurrent responses are not, so a failing case of several wallets may pass when it
//! is repeated.
//!
//! A failing case is shrunk: steps are removed as long as it still fails, and the shortest failing script is
//! printed.

mod case;
mod happened;
mod shared;
mod shrink;
mod wallet_run;
mod world;

pub use case::{Parameters, SEVERAL_WALLETS, WALLET_THAT_CRASHES};

use crate::{Engine, TestMint};
use case::Case;
use ecash_wallet::Store;
use ecash_wallet::store::MemoryStore;
use futures_util::FutureExt as _;
use happened::Happened;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use world::World;

/// Timeout of a case. A case takes about a second on an idle machine.
const CASE_TIMEOUT: Duration = Duration::from_secs(120);
/// The minimum number of cases from which every kind of event is expected to occur.
const REPRESENTATIVE: u64 = 8;

/// Returns the seeds of a test: those of the environment variable, `from..to`, or the first `count`.
///
/// # Panics
/// If the variable has any other form.
#[must_use]
pub fn seeds(variable: &str, count: u64) -> std::ops::Range<u64> {
    let Ok(text) = std::env::var(variable) else { return 0..count };
    let (from, to) = text.split_once("..").expect("from..to");
    from.parse().expect("a number")..to.parse().expect("a number")
}

/// Returns a function that opens stores in memory by name.
pub fn in_memory() -> impl Fn(&str) -> MemoryStore {
    let stores: Mutex<HashMap<String, MemoryStore>> = Mutex::default();
    move |name| {
        let mut stores = stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.entry(name.to_owned()).or_default().clone()
    }
}

/// Runs the cases of these seeds, one after the other. `open` opens the store with a name; the same name must
/// open the same store.
///
/// # Panics
/// If a case fails. The message contains its seed and its shrunk script.
pub async fn run<S: Store>(
    engine: Engine,
    parameters: Parameters,
    seeds: std::ops::Range<u64>,
    open: impl Fn(&str) -> S,
) {
    let happened = Arc::new(Happened::default());
    let is_representative = seeds.end - seeds.start >= REPRESENTATIVE;
    let mut mints = Mints::start(engine).await;
    for seed in seeds {
        if mints.cases == parameters.cases_per_ledger {
            mints = Mints::start(engine).await;
        }
        mints.cases += 1;
        let case = Case::new(parameters, seed);
        let Err(failure) = attempt(&mints, &case, 0, &happened, &open).await else { continue };
        let mut attempts = 0;
        let smallest = shrink::shrink(&case, async |candidate| {
            // Use a fresh ledger, because the failure may have left violations in this one.
            attempts += 1;
            let mints = Mints::start(engine).await;
            attempt(&mints, candidate, attempts, &Arc::default(), &open).await.is_err()
        })
        .await;
        panic!("{failure}\nsmallest failing case found:\n{smallest}");
    }
    if is_representative {
        happened.assert_everything_did(&parameters);
    }
}

/// Two mints on one ledger.
struct Mints {
    one: TestMint,
    two: TestMint,
    /// Cases that ran on this ledger.
    cases: u64,
}

impl Mints {
    async fn start(engine: Engine) -> Self {
        let denominations = [("DENOMINATIONS", "10,50,200")];
        let one = TestMint::start_on_with(engine, &denominations).await;
        let two = one.replica_with(&denominations).await;
        Self { one, two, cases: 0 }
    }
}

/// Runs a case. Returns the failure message if it fails.
async fn attempt<S: Store>(
    mints: &Mints,
    case: &Case,
    attempt: u64,
    happened: &Arc<Happened>,
    open: &impl Fn(&str) -> S,
) -> Result<(), String> {
    let world = World::new(&mints.one, &mints.two, case, attempt, happened.clone()).await;
    let result = AssertUnwindSafe(timeout(CASE_TIMEOUT, world.run(open))).catch_unwind().await;
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(format!("seed {}: not finished after {CASE_TIMEOUT:?}", case.seed)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
            Err(format!("seed {}: {text}", case.seed))
        }
    }
}
