//! End-to-end journeys in the browser against a real mint, each followed by an audit of the ledger.

use crate::demo_shop::{DemoShop, PAGE_SCOPES, SHOP_SCOPES, open_merchant, webhook_allow};
use crate::docs;
use crate::mint::Mint;
use crate::offline;
use crate::postgres::Durability;
use crate::production::{Plan, Stack};
use crate::step::{Failure, command, must, must_within, root};
use crate::tools::Tools;
use ecash_servers::free_port;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Playwright's argument for the journeys of [`cents`].
const CENTS: &str = "--project=cents";
/// Timeout of the checks in three browsers, which take about a minute.
const BROWSERS_TIMEOUT: Duration = Duration::from_secs(300);

/// Runs all journeys, or only those that Playwright's arguments name.
pub(crate) fn journeys(tools: &Tools, only: &[String]) -> Result<(), Failure> {
    if only.iter().any(|argument| argument == CENTS) {
        return cents(tools);
    }
    let shop_port = free_port()?;
    let webhook_port = free_port()?;
    let allowed = format!("{},localhost:{webhook_port}", webhook_allow(shop_port));
    let mint = Mint::start("journeys", &[("WEBHOOK_ALLOW", &allowed)])?;
    let demo_shop =
        DemoShop::start(|arguments| mint.operator(arguments), &mint.url, &mint.data_dir, shop_port)?;
    let operator = |arguments: &[&str]| mint.operator(arguments);
    // Journeys pay the bakery, and use the merchant page as the market.
    let bakery = ["merchant_bakery", "The Bakery", "https://shop.example", "journeys", SHOP_SCOPES];
    let market = ["merchant_market", "The Market", "https://market.example", "journeys", PAGE_SCOPES];
    let key = open_merchant(&operator, bakery)?;
    let page_key = open_merchant(&operator, market)?;
    let wanted: Vec<&str> = match only {
        [] => vec!["--project=phone", "--project=desktop"],
        only => only.iter().map(String::as_str).collect(),
    };
    let mut playwright_command = playwright_command(tools, &wanted);
    playwright_command.env("ECASH_API_KEY", key).env("ECASH_SHOP_URL", &demo_shop.url);
    playwright_command.env("ECASH_PAGE_KEY", page_key);
    playwright_command.env("ECASH_WEBHOOK_PORT", webhook_port.to_string());
    playwright_at(playwright_command, &mint.url)?;
    drop(demo_shop);
    mint.audit()?;
    if !only.is_empty() {
        return Ok(());
    }
    cents(tools)?;
    must(
        &mut mint.operator(&["merchant", "show", "merchant_demo"]),
        "see the mint's log in target/test-mints/journeys",
    )
}

/// Runs the journeys that need a currency with two decimals.
fn cents(tools: &Tools) -> Result<(), Failure> {
    let mint = Mint::start("cents", &[("CURRENCY_EXPONENT", "2"), ("DENOMINATIONS", "5,25,100,500,1000")])?;
    playwright(tools, &mint.url, &[CENTS])?;
    mint.audit()
}

/// Checks in each browser the features that the checkout element depends on.
pub(crate) fn browsers() -> Result<(), Failure> {
    let mint = Mint::start("browsers", &[])?;
    let operator = |arguments: &[&str]| mint.operator(arguments);
    let shop = ["merchant_browsers", "The Bakery", "https://shop.example", "browsers", SHOP_SCOPES];
    let key = open_merchant(&operator, shop)?;
    let node = offline::node::for_demo_shop()?.map_or_else(|| PathBuf::from("node"), |bin| bin.join("node"));
    let mut facts = command(node, &["browsers/facts.mjs"]);
    facts.current_dir(root().join("playwright-tests")).env("ECASH_URL", &mint.url).env("ECASH_API_KEY", key);
    must_within(BROWSERS_TIMEOUT, &mut facts, "see the browser and the failed check above")
}

/// Runs the commands of docs/operations.md.
pub(crate) fn operations() -> Result<(), Failure> {
    docs::operations(&stack()?)
}

fn stack() -> Result<Stack, Failure> {
    let plan = Plan {
        profile: "debug",
        durability: Durability::NoFsync,
        ports: [free_port()?, free_port()?],
        limits: [1000, 1000, 10_000],
        bursts: [20, 5],
    };
    Stack::start(&plan)
}

/// Runs a journey through nginx, with tokens signed by a SoftHSM hardware token.
pub(crate) fn through_nginx(tools: &Tools) -> Result<(), Failure> {
    let stack = stack()?;
    playwright(tools, &stack.url, &["--project=phone", "--project=desktop", "journey.spec.ts"])?;
    must(&mut stack.operator(&["audit"]), "the ledger violates an invariant; this is a bug")?;
    must(&mut stack.operator(&["merchant", "show", "merchant_demo"]), "see the output of ecash-mint above")
}

/// Measures blinding and payments in the browser, and prints the figures.
pub(crate) fn measure(tools: &Tools) -> Result<(), Failure> {
    let mint = Mint::start("measure", &[("DENOMINATIONS", "10")])?;
    let operator = |arguments: &[&str]| mint.operator(arguments);
    let shop = ["merchant_measure", "The Bakery", "https://shop.example", "measure", SHOP_SCOPES];
    let key = open_merchant(&operator, shop)?;
    let mut playwright = playwright_command(tools, &["--project=measure"]);
    playwright.env("ECASH_API_KEY", key);
    playwright_at(playwright, &mint.url)
}

pub(crate) fn playwright(tools: &Tools, url: &str, projects: &[&str]) -> Result<(), Failure> {
    let playwright = playwright_command(tools, projects);
    playwright_at(playwright, url)
}

/// Returns the Playwright command with these arguments. [`playwright_at`] adds the mint's URL.
pub(crate) fn playwright_command(tools: &Tools, projects: &[&str]) -> Command {
    tools.command("playwright", &[&["test"], projects].concat())
}

/// Runs a Playwright command against the mint at this URL.
pub(crate) fn playwright_at(mut playwright: Command, url: &str) -> Result<(), Failure> {
    playwright.current_dir(root().join("playwright-tests")).env("ECASH_URL", url);
    must(
        &mut playwright,
        "see the traces in playwright-tests/results and the screenshots in playwright-tests/looks",
    )
}
