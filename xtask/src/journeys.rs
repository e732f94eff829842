//! Whole journeys in the browser against a real mint, and what the ledger says afterwards.

use crate::child::{Mint, free_port};
use crate::docs;
use crate::postgres::Durability;
use crate::production::{Plan, Stack};
use crate::step::{Failure, command, must, root};
use crate::tools::Tools;
use std::process::Command;

pub(crate) fn journeys(tools: &Tools) -> Result<(), Failure> {
    let mint = Mint::start("journeys", &[])?;
    playwright(tools, &mint.url, &["--project=phone", "--project=desktop"])?;
    audit(&mint)?;
    let cents = Mint::start("cents", &[("CURRENCY_EXPONENT", "2"), ("DENOMINATIONS", "5,25,100,500,1000")])?;
    playwright(tools, &cents.url, &["--project=cents"])?;
    audit(&cents)?;
    must(
        &mut mint_command(&mint, &["merchant", "show", "merchant_demo"]),
        "the mint's log is in target/test-mints/journeys",
    )
}

/// The commands of docs/operations.md.
pub(crate) fn operations() -> Result<(), Failure> {
    docs::operations(&stack()?)
}

fn stack() -> Result<Stack, Failure> {
    let plan = Plan {
        profile: "debug",
        durability: Durability::NoFsync,
        http_port: free_port()?,
        https_port: free_port()?,
        limits: [1000, 1000, 10_000],
        bursts: [20, 5],
    };
    Stack::start(&plan)
}

/// A person's journey through nginx, with tokens that a hardware token signed.
pub(crate) fn through_nginx(tools: &Tools) -> Result<(), Failure> {
    let stack = stack()?;
    playwright(tools, &stack.url, &["--project=phone", "--project=desktop", "journey.spec.ts"])?;
    must(&mut stack.operator(&["audit"]), "the ledger does not balance: this is a bug")?;
    must(&mut stack.operator(&["merchant", "show", "merchant_demo"]), "its message is above")
}

/// What blinding costs in the browser, printed.
pub(crate) fn measure(tools: &Tools) -> Result<(), Failure> {
    let mint = Mint::start("measure", &[("DENOMINATIONS", "10")])?;
    playwright(tools, &mint.url, &["--project=measure"])
}

pub(crate) fn playwright(tools: &Tools, url: &str, projects: &[&str]) -> Result<(), Failure> {
    let playwright = playwright_command(tools, projects);
    playwright_at(playwright, url)
}

/// Playwright with these arguments, to be told where the mint is.
pub(crate) fn playwright_command(tools: &Tools, projects: &[&str]) -> Command {
    tools.command("playwright", &[&["test"], projects].concat())
}

/// Runs it against the mint at this address.
pub(crate) fn playwright_at(mut playwright: Command, url: &str) -> Result<(), Failure> {
    playwright.current_dir(root().join("playwright-tests")).env("ECASH_URL", url);
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
