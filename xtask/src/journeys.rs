//! Whole journeys in the browser against a real mint, and what the ledger says afterwards.

use crate::child::Mint;
use crate::step::{Failure, command, must, root};
use crate::tools::Tools;
use std::process::Command;

pub(crate) fn journeys(tools: &Tools) -> Result<(), Failure> {
    let mint = Mint::start("journeys", &[])?;
    playwright(tools, &mint, &["--project=phone", "--project=desktop"])?;
    audit(&mint)?;
    must(
        &mut mint_command(&mint, &["merchant", "show", "merchant_demo"]),
        "the mint's log is in target/test-mints/journeys",
    )
}

/// What blinding costs in the browser, printed.
pub(crate) fn measure(tools: &Tools) -> Result<(), Failure> {
    playwright(tools, &Mint::start("measure", &[("DENOMINATIONS", "10")])?, &["--project=measure"])
}

pub(crate) fn playwright(tools: &Tools, mint: &Mint, projects: &[&str]) -> Result<(), Failure> {
    let arguments = [&["--no-install", "playwright", "test"], projects].concat();
    let mut playwright = tools.command("npx", &arguments);
    playwright.current_dir(root().join("playwright-tests")).env("ECASH_URL", &mint.url);
    must(&mut playwright, "traces are in playwright-tests/results, pictures in playwright-tests/looks")
}

/// The ledger's invariants, beside the running mint.
pub(crate) fn audit(mint: &Mint) -> Result<(), Failure> {
    must(&mut mint_command(mint, &["audit"]), "the ledger does not balance: this is a bug")
}

fn mint_command(mint: &Mint, arguments: &[&str]) -> Command {
    let mut command = command(root().join("target/debug/ecash-mint"), arguments);
    command.env("ECASH_DATA_DIR", &mint.data_dir).env("RUST_LOG", "warn");
    command.envs(mint.settings.iter().map(|(name, value)| (name, value)));
    command
}
