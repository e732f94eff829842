//! `cargo xtask run`: builds and serves the wallet and mint.

use crate::demo_shop::{DemoShop, webhook_allow};
use crate::offline;
use crate::postgres::Durability;
use crate::production::{Plan, Stack};
use crate::step::{Failure, command, must, root, stop_flag};
use crate::{production, tools, web};
use ecash_servers::{Process, Server as _, is_healthy};
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub(crate) fn run() -> Result<(), Failure> {
    build(|| offline::node::for_demo_shop().map(drop))?;
    let port = port_of("SERVER_PORT", 8080);
    println!("[4/4] serving wallet and mint; ledger and keys are in ecash-data/");
    let shop_port = port_of("SHOP_PORT", 8081);
    let mint = |arguments: &[&str]| {
        let mut mint = command(root().join("target/release/ecash-mint"), arguments);
        mint.current_dir(root()).env("SERVER_PORT", port.to_string());
        mint.env("WEBHOOK_ALLOW", webhook_allow(shop_port));
        mint
    };
    let url = format!("http://localhost:{port}");
    let data = root().join("ecash-data");
    let inherit = Stdio::inherit;
    let serve = Process::start_with_output("ecash-mint", &mut mint(&["serve"]), inherit(), inherit(), &data);
    let mut serving = serve?.stopped_by("-TERM");
    let remedy =
        "see its output above; if the port is in use, choose another: SERVER_PORT=8090 cargo xtask run";
    while !is_healthy(port, "/health/ready") {
        if !serving.runs() {
            return Err(Failure::new("the mint exited", remedy));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let shop = DemoShop::start(
        |arguments| {
            let mut operator = mint(arguments);
            operator.env("RUST_LOG", "warn");
            operator
        },
        &url,
        &data.join("demo-shop"),
        shop_port,
    );
    println!("\n✓ open {url} in a browser for the wallet; Ctrl-C stops everything");
    match &shop {
        Ok(shop) => {
            println!("  {}: a demo shop that accepts its payments", shop.url);
            println!("  {url}/merchant/: that shop's takings; its API key: {}", shop.page_key);
        }
        // The mint is usable without the demo shop.
        Err(failure) => println!("  the demo shop did not start: {}", failure.what),
    }
    println!("  to accept payments as a shop: docs/merchants.md\n");
    watch(serving, shop.ok())
}

fn port_of(variable: &str, default: u16) -> u16 {
    std::env::var(variable).ok().and_then(|port| port.parse().ok()).unwrap_or(default)
}

/// Serves until Ctrl-C or SIGTERM, or until the mint exits.
fn watch(mut mint: Process, mut shop: Option<DemoShop>) -> Result<(), Failure> {
    let stop = stop_flag()?;
    while !stop.load(Ordering::Relaxed) {
        if !mint.runs() {
            return Err(Failure::new("the mint exited", "see its output above; start again"));
        }
        if shop.as_mut().is_some_and(|shop| !shop.process_mut().runs()) {
            println!("the demo shop exited; see its log in ecash-data/demo-shop/shop.log");
            shop = None;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Installs the packages that the builds need, calls `install_more`, and builds wallet and mint.
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
        "see the compiler's output above",
    )
}

/// `cargo xtask run --production`
pub(crate) fn production() -> Result<(), Failure> {
    build(production::install)?;
    println!(
        "[4/4] starting PostgreSQL, Redis, a hardware token with its key ceremony, the signer, two mints, nginx"
    );
    let plan = Plan {
        profile: "release",
        durability: Durability::Full,
        ports: [port_of("SERVER_PORT", 8080), port_of("HTTPS_PORT", 8443)],
        limits: [10, 5, 100],
        bursts: [20, 5],
    };
    let stack = Stack::start(&plan)?;
    println!(
        "\n✓ open {} (or https://localhost:{} with its self-signed certificate); Ctrl-C stops everything",
        stack.url, plan.ports[1]
    );
    println!("  for evaluation only: the currency is DEMO, and all data is deleted on exit");
    println!("  for the commands of docs/operations.md: source {}", stack.variables().display());
    println!("  logs: {}\n", stack.logs().display());
    stack.watch()
}
