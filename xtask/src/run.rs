//! `cargo xtask run`: builds and serves the wallet and mint.

use crate::postgres::Durability;
use crate::production::{Plan, Stack};
use crate::step::{Failure, command, must, root};
use crate::{production, tools, web};

pub(crate) fn run() -> Result<(), Failure> {
    build(|| Ok(()))?;
    let port = std::env::var("SERVER_PORT").unwrap_or_else(|_| "8080".to_owned());
    println!("[4/4] serving wallet and mint; ledger and keys are in ecash-data/");
    println!("\n✓ open http://localhost:{port} in a browser; Ctrl-C stops it");
    println!("  to take payments as a shop: docs/merchants.md\n");
    must(
        command(root().join("target/release/ecash-mint"), &["serve"]).env("SERVER_PORT", port),
        "if the port is taken, choose another: SERVER_PORT=8081 cargo xtask run",
    )
}

/// Installs what the builds need, then what `install_more` adds, and builds wallet and mint.
fn build(install_more: fn() -> Result<(), Failure>) -> Result<(), Failure> {
    println!("[1/4] dependencies");
    tools::native()?;
    install_more()?;
    let tools = web::prepare()?;
    println!("[2/4] the web wallet");
    web::build(&tools)?;
    println!("[3/4] the mint");
    must(
        &mut command(
            "cargo",
            &["build", "--release", "--package", "ecash-mint", "--package", "ecash-signer"],
        ),
        "the compiler's message is above",
    )
}

/// `cargo xtask run --production`
pub(crate) fn production() -> Result<(), Failure> {
    build(production::install)?;
    println!("[4/4] PostgreSQL, Redis, a token with its ceremony, the signer, two mints, nginx");
    let plan = Plan {
        profile: "release",
        durability: Durability::Full,
        ports: [8080, 8443],
        limits: [10, 5, 100],
        bursts: [20, 5],
    };
    let stack = Stack::start(&plan)?;
    println!(
        "\n✓ open {} (or https://localhost:8443 with its self-signed certificate); Ctrl-C stops it",
        stack.url
    );
    println!("  for evaluation only: the currency is DEMO, and all data is deleted when it stops");
    println!("  for the commands of docs/operations.md: source {}", stack.variables().display());
    println!("  logs: {}\n", stack.logs().display());
    stack.watch()
}
