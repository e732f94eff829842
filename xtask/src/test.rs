//! `cargo xtask test`: everything, in steps with names.

use crate::debian::{
    self, CHROMEDRIVER, CHROMIUM, CURL, FAKETIME, IPROUTE, OPENSSL_COMMAND, PYTHON, REDIS, SOFTHSM, UNSHARE,
};
use crate::postgres::{self, Durability, Postgres};
use crate::step::{Failure, command, must, root};
use crate::tools::{self, Tools};
use crate::{containers, docs, journeys, kubernetes, production, two_mints, web};
use std::time::Instant;

type Run = fn(&Tools) -> Result<(), Failure>;

const STEPS: [(&str, &str, Run); 14] = [
    ("fmt", "formatting", |_| cargo(&["fmt", "--all", "--check"], "run: cargo fmt --all")),
    ("clippy", "lints", |_| {
        let lints = ["clippy", "--workspace", "--all-targets", "--features", SERVERS, "--", "-D", "warnings"];
        cargo(&lints, "the message is above")
    }),
    ("unit", "unit, property, vector, route and fault tests, on SQLite and PostgreSQL 16", |_| unit()),
    ("postgres-15", "the ledger on the oldest PostgreSQL that is accepted", |_| oldest_postgres()),
    ("rustdoc", "documentation builds without warnings", |_| docs::rustdoc()),
    ("wasm", "vectors and storage as WebAssembly in a browser", wasm),
    ("web", "the web wallet", web::build),
    ("journeys", "whole journeys in the browser against a real mint", journey),
    ("two-mints", "two mints on one PostgreSQL: a browser and the customer's program at once", two_mints),
    ("production", "a journey through nginx, two mints, PostgreSQL, Redis and a token", through_nginx),
    ("operations", "the commands of docs/operations.md, against the same stack", operations),
    (
        "containers",
        "docker-compose.yml, as the customer starts it: images, journey, scale, a mint that dies",
        in_containers,
    ),
    ("kubernetes", "the manifests: rendered, held against the schemas, and checked for meaning", |_| {
        kubernetes::kubernetes()
    }),
    ("by-hand", "the commands of docs/api-by-hand.md", by_hand),
];

pub(crate) fn test(wanted: &[String]) -> Result<(), Failure> {
    if let Some(unknown) = wanted.iter().find(|name| !STEPS.iter().any(|(step, ..)| step == name)) {
        let names: Vec<_> = STEPS.iter().map(|(name, ..)| *name).collect();
        return Err(Failure::new(
            format!("there is no step '{unknown}'"),
            format!("steps: {}", names.join(", ")),
        ));
    }
    let began = Instant::now();
    println!("[set-up] what is needed");
    tools::native()?;
    debian::install(&[
        CHROMIUM,
        CHROMEDRIVER,
        CURL,
        OPENSSL_COMMAND,
        PYTHON,
        REDIS,
        SOFTHSM,
        UNSHARE,
        IPROUTE,
        FAKETIME,
    ])?;
    production::install()?;
    let tools = tools::for_wasm()?;
    let chosen: Vec<_> =
        STEPS.iter().filter(|(name, ..)| wanted.is_empty() || wanted.iter().any(|w| w == name)).collect();
    for (number, (name, what, run)) in chosen.iter().enumerate() {
        println!("\n[{}/{} {name}] {what}", number + 1, chosen.len());
        let step_began = Instant::now();
        if let Err(failure) = run(&tools) {
            println!("steps: {number} passed, 1 failed");
            let again = format!("{}\n  again, this step alone: cargo xtask test {name}", failure.remedy);
            return Err(Failure::new(failure.what, again));
        }
        println!("[{name}] done in {} s", step_began.elapsed().as_secs());
    }
    println!("\n✓ everything works ({} min); try it: cargo xtask run", began.elapsed().as_secs() / 60);
    println!("steps: {} passed, 0 failed", chosen.len());
    Ok(())
}

fn cargo(arguments: &[&str], remedy: &str) -> Result<(), Failure> {
    must(&mut command("cargo", arguments), remedy)
}

/// Tests that need servers.
const SERVERS: &str = "ecash-mint/servers,ecash-wallet/servers";

fn unit() -> Result<(), Failure> {
    let postgres = Postgres::start(postgres::RECOMMENDED, Durability::NoFsync)?;
    on(&postgres, &["test", "--workspace", "--features", SERVERS])
}

fn oldest_postgres() -> Result<(), Failure> {
    let [oldest, _] = postgres::VERSIONS;
    let postgres = Postgres::start(oldest, Durability::NoFsync)?;
    // The whole workspace's features, so that nothing is built twice.
    let tests =
        ["--workspace", "--features", SERVERS, "--test", "ledger_postgres", "--test", "postgres_commit"];
    on(&postgres, &[&["test"], tests.as_slice()].concat())
}

/// `cargo` with a server for its tests.
fn on(postgres: &Postgres, arguments: &[&str]) -> Result<(), Failure> {
    let mut cargo = command("cargo", arguments);
    cargo.env("ECASH_TEST_POSTGRES", &postgres.url).env("ECASH_TEST_POSTGRES_BIN", &postgres.bin);
    must(&mut cargo, "one test alone: cargo xtask postgres, and in another terminal what it says")
}

fn wasm(tools: &Tools) -> Result<(), Failure> {
    browser_test(tools, "core", &["--test", "vectors"])?;
    browser_test(tools, "web-wallet", &["--bins"])
}

/// `cargo test` of one package as WebAssembly in Chromium.
fn browser_test(tools: &Tools, folder: &str, which: &[&str]) -> Result<(), Failure> {
    let arguments = [&["test", "--target", "wasm32-unknown-unknown"], which].concat();
    let mut test = tools.command("cargo", &arguments);
    // webdriver.json tells the browser's flags.
    test.current_dir(root().join(folder))
        .env("CHROMEDRIVER", "/usr/bin/chromedriver")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    must(&mut test, "the browser's message is above")
}

fn journey(tools: &Tools) -> Result<(), Failure> {
    build_what_serves(tools)?;
    journeys::journeys(tools)
}

fn two_mints(tools: &Tools) -> Result<(), Failure> {
    build_what_serves(tools)?;
    two_mints::two_mints()
}

fn through_nginx(tools: &Tools) -> Result<(), Failure> {
    build_what_serves(tools)?;
    journeys::through_nginx(tools)
}

fn in_containers(tools: &Tools) -> Result<(), Failure> {
    build_what_serves(tools)?;
    containers::containers(tools)
}

fn operations(tools: &Tools) -> Result<(), Failure> {
    build_what_serves(tools)?;
    journeys::operations()
}

fn by_hand(tools: &Tools) -> Result<(), Failure> {
    build_what_serves(tools)?;
    docs::api_by_hand()
}

/// The mint, and the wallet if it was not built before.
fn build_what_serves(tools: &Tools) -> Result<(), Failure> {
    cargo(&["build", "--package", "ecash-mint"], "the compiler's message is above")?;
    if root().join("dist/index.html").is_file() { Ok(()) } else { web::build(tools) }
}

/// `cargo xtask measure`
pub(crate) fn measure() -> Result<(), Failure> {
    tools::native()?;
    debian::install(&[CHROMIUM])?;
    let tools = tools::for_wasm()?;
    build_what_serves(&tools)?;
    journeys::measure(&tools)
}
