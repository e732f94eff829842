//! PostgreSQL in the supported versions, for tests and measurements.

use crate::offline;
pub(crate) use crate::offline::postgres::{RECOMMENDED, VERSIONS};
use crate::step::Failure;
pub(crate) use ecash_servers::{Durability, Postgres};

/// Starts a server of this version.
pub(crate) fn start(version: &str, durability: Durability) -> Result<Postgres, Failure> {
    let postgres = Postgres::start(&offline::postgres::binaries(version)?, durability)?;
    println!("  PostgreSQL {version} on {}", postgres.address());
    Ok(postgres)
}

/// `cargo xtask postgres`: runs a server, to run single tests by hand.
pub(crate) fn serve() -> Result<(), Failure> {
    let postgres = start(RECOMMENDED, Durability::NoFsync)?;
    println!("\nin another terminal:\n  export ECASH_TEST_POSTGRES={}", postgres.url());
    println!("  export ECASH_TEST_POSTGRES_BIN={}", postgres.bin().display());
    println!("  cargo test -p ecash-mint --features servers\npress Enter to stop the server");
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    Ok(())
}
