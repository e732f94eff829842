//! `cargo xtask test`: runs all tests, in named steps.

use crate::debian::{
    self, CHROMEDRIVER, CHROMIUM, CURL, FAKETIME, FIREFOX, IPROUTE, OPENSSL_COMMAND, PYTHON, REDIS, SOFTHSM,
    UNSHARE, WEBKIT, XAUTH, XVFB,
};
use crate::postgres::{self, Durability, Postgres};
use crate::step::{Failure, command, must, must_within, output, root};
use crate::tools::{self, Tools};
use crate::{api, containers, docs, journeys, kubernetes, production, supply, two_mints, web};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

type Run = fn(&Tools) -> Result<(), Failure>;

const STEPS: [(&str, &str, Run); 17] = [
    ("fmt", "formatting", |_| cargo(&["fmt", "--all", "--check"], "run: cargo fmt --all")),
    ("clippy", "lints", |_| {
        let lints = ["clippy", "--workspace", "--all-targets", "--features", SERVERS, "--", "-D", "warnings"];
        cargo(&lints, "see the output above")
    }),
    ("supply", "sources and licences of dependencies, and bills of materials", |_| supply::supply()),
    ("unit", "unit, property, vector, route and fault tests, on SQLite and PostgreSQL 16", |_| unit()),
    ("postgres-15", "the ledger on the oldest supported PostgreSQL", |_| oldest_postgres()),
    ("rustdoc", "documentation builds without warnings", |_| docs::rustdoc()),
    ("wasm", "vectors and storage as WebAssembly in a browser", wasm),
    ("api", "requests generated from the OpenAPI description", |_| api::api()),
    ("web", "the web wallet", web::build),
    ("journeys", "end-to-end journeys in the browser against a real mint", journey),
    (
        "browsers",
        "the features that the checkout element depends on, in Chromium, Firefox and WebKit",
        browsers,
    ),
    (
        "two-mints",
        "two mints on one PostgreSQL, used by a browser and the published program concurrently",
        two_mints,
    ),
    (
        "production",
        "a journey through nginx, two mints, PostgreSQL, Redis and a hardware token",
        through_nginx,
    ),
    ("operations", "the commands of docs/operations.md, against the same stack", operations),
    (
        "containers",
        "docker-compose.yml as documented: images, journey, scaling, a killed mint",
        in_containers,
    ),
    (
        "kubernetes",
        "the manifests: rendered, validated by their schemas, and checked for consistent names",
        |_| kubernetes::kubernetes(),
    ),
    ("by-hand", "the commands of docs/api-by-hand.md and docs/merchants.md", by_hand),
];

pub(crate) fn test(wanted: &[String]) -> Result<(), Failure> {
    if let Some(unknown) = wanted.iter().find(|name| !STEPS.iter().any(|(step, ..)| step == name)) {
        let names: Vec<_> = STEPS.iter().map(|(name, ..)| *name).collect();
        return Err(Failure::new(
            format!("unknown step '{unknown}'"),
            format!("steps: {}", names.join(", ")),
        ));
    }
    let began = Instant::now();
    println!("[set-up] dependencies");
    let tools = set_up()?;
    let temporary = temporary_folder()?;
    let chosen: Vec<_> =
        STEPS.iter().filter(|(name, ..)| wanted.is_empty() || wanted.iter().any(|w| w == name)).collect();
    let mut results = vec![Finished { name: "set-up", seconds: began.elapsed().as_secs(), failure: None }];
    for (number, (name, what, run)) in chosen.iter().enumerate() {
        println!("\n[{}/{} {name}] {what}", number + 1, chosen.len());
        let step_began = Instant::now();
        let failure = run(&tools).err();
        if let Some(failure) = &failure {
            println!("[{name}] FAILED: {}", failure.what);
        }
        results.push(Finished { name, seconds: step_began.elapsed().as_secs(), failure });
    }
    drop(temporary);
    report(results)
}

/// The result of a step.
struct Finished {
    name: &'static str,
    seconds: u64,
    failure: Option<Failure>,
}

/// Prints all steps with their durations, then the failures and how to repeat a step.
fn report(results: Vec<Finished>) -> Result<(), Failure> {
    println!("\n{:<14} {:>7}  result", "step", "seconds");
    for step in &results {
        let result = if step.failure.is_none() { "passed" } else { "FAILED" };
        println!("{:<14} {:>7}  {result}", step.name, step.seconds);
    }
    let seconds: u64 = results.iter().map(|step| step.seconds).sum();
    println!("{:<14} {seconds:>7}", "total");
    let failed: Vec<_> = results.into_iter().filter_map(|step| Some((step.name, step.failure?))).collect();
    let Some((first, _)) = failed.first() else {
        println!("\n✓ all steps passed ({} min); to try it out: cargo xtask run", seconds / 60);
        return Ok(());
    };
    for (name, failure) in &failed {
        println!("\n✗ {name}: {}\n  {}", failure.what, failure.remedy);
    }
    let what = format!("{} step(s) failed", failed.len());
    Err(Failure::new(what, format!("to run a single step: cargo xtask test {first}")))
}

fn set_up() -> Result<Tools, Failure> {
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
    tools::for_wasm()
}

/// The folder of the tests' temporary files, removed on drop. It is in memory if the machine has enough,
/// because the tests make thousands of durable writes and could time out on a slow disk. `None` uses the
/// default folder.
struct Temporary(Option<PathBuf>);

fn temporary_folder() -> Result<Temporary, Failure> {
    let memory = Path::new("/dev/shm");
    if free_mib(memory) < ROOM_IN_MEMORY_MIB {
        return Ok(Temporary(None));
    }
    let folder = memory.join(format!("ecash-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("{}: {error}", folder.display()), "is /dev/shm writable?"))?;
    println!("temporary files of tests: {}", folder.display());
    TEMPORARY.set(folder.clone()).ok();
    Ok(Temporary(Some(folder)))
}

/// Free memory required for temporary files in memory: the space that the tests need, with a margin.
const ROOM_IN_MEMORY_MIB: u64 = 4096;
static TEMPORARY: OnceLock<PathBuf> = OnceLock::new();

fn free_mib(folder: &Path) -> u64 {
    let df = output(command("df", &["--output=avail", "--block-size=1M"]).arg(folder));
    df.and_then(|text| text.lines().nth(1)?.trim().parse().ok()).unwrap_or(0)
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // Ignore errors: the next reboot clears /dev/shm.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn cargo(arguments: &[&str], remedy: &str) -> Result<(), Failure> {
    must(&mut command("cargo", arguments), remedy)
}

/// The features that enable tests with servers.
const SERVERS: &str = "ecash-ledger/servers,ecash-mint/servers,ecash-signer/servers,ecash-wallet/servers";

fn unit() -> Result<(), Failure> {
    let postgres = postgres::start(postgres::RECOMMENDED, Durability::NoFsync)?;
    on(&postgres, &["test", "--workspace", "--no-fail-fast", "--features", SERVERS])
}

fn oldest_postgres() -> Result<(), Failure> {
    let [oldest, _] = postgres::VERSIONS;
    let postgres = postgres::start(oldest, Durability::NoFsync)?;
    // Use the features of the whole workspace, to avoid a second build.
    let tests = ["--workspace", "--features", SERVERS, "--test", "postgres", "--test", "postgres_commit"];
    on(&postgres, &[&["test"], tests.as_slice()].concat())
}

/// Timeout of the unit step, so that a test that hangs does not block the other steps.
const UNIT_TIMEOUT: Duration = Duration::from_secs(45 * 60);

/// Runs `cargo` with a PostgreSQL server for its tests.
fn on(postgres: &Postgres, arguments: &[&str]) -> Result<(), Failure> {
    let mut cargo = command("cargo", arguments);
    cargo.env("ECASH_TEST_POSTGRES", postgres.url()).env("ECASH_TEST_POSTGRES_BIN", postgres.bin());
    if let Some(folder) = TEMPORARY.get() {
        cargo.env("TMPDIR", folder);
    }
    must_within(
        UNIT_TIMEOUT,
        &mut cargo,
        "to run a single test: start cargo xtask postgres, and follow its instructions in another terminal",
    )
}

fn wasm(tools: &Tools) -> Result<(), Failure> {
    browser_test(tools, "core", &["--test", "vectors"])?;
    browser_test(tools, "web-wallet", &["--bins"])
}

/// Runs `cargo test` of one package as WebAssembly in Chromium.
fn browser_test(tools: &Tools, folder: &str, which: &[&str]) -> Result<(), Failure> {
    let arguments = [&["test", "--target", "wasm32-unknown-unknown"], which].concat();
    let mut test = tools.command("cargo", &arguments);
    // The runner reads the browser's flags from webdriver.json in this folder.
    test.current_dir(root().join(folder))
        .env("CHROMEDRIVER", "/usr/bin/chromedriver")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    must(&mut test, "see the browser's output above")
}

fn journey(tools: &Tools) -> Result<(), Failure> {
    build_programs(tools)?;
    journeys::journeys(tools, &[])
}

fn browsers(tools: &Tools) -> Result<(), Failure> {
    debian::install(&[FIREFOX, WEBKIT, XVFB, XAUTH])?;
    build_programs(tools)?;
    journeys::browsers()
}

fn two_mints(tools: &Tools) -> Result<(), Failure> {
    build_programs(tools)?;
    two_mints::two_mints()
}

fn through_nginx(tools: &Tools) -> Result<(), Failure> {
    build_programs(tools)?;
    journeys::through_nginx(tools)
}

fn in_containers(tools: &Tools) -> Result<(), Failure> {
    build_programs(tools)?;
    containers::containers(tools)
}

fn operations(tools: &Tools) -> Result<(), Failure> {
    build_programs(tools)?;
    journeys::operations()
}

fn by_hand(tools: &Tools) -> Result<(), Failure> {
    build_programs(tools)?;
    docs::by_hand(tools)
}

/// Builds the programs, and the pages unless dist/ contains them. Uses the same packages and features as the
/// unit step, because any other choice would recompile the dependencies with other features.
fn build_programs(tools: &Tools) -> Result<(), Failure> {
    cargo(
        &["test", "--workspace", "--no-run", "--quiet", "--features", SERVERS],
        "see the compiler's output above",
    )?;
    let is_built = |page: &str| root().join("dist").join(page).is_file();
    if is_built("index.html") && is_built("merchant/index.html") { Ok(()) } else { web::build(tools) }
}

/// `cargo xtask journeys`
pub(crate) fn journeys(only: &[String]) -> Result<(), Failure> {
    tools::native()?;
    debian::install(&[CHROMIUM])?;
    let tools = tools::for_wasm()?;
    build_programs(&tools)?;
    let temporary = temporary_folder()?;
    let result = journeys::journeys(&tools, only);
    drop(temporary);
    result
}

/// `cargo xtask measure`
pub(crate) fn measure() -> Result<(), Failure> {
    tools::native()?;
    debian::install(&[CHROMIUM])?;
    let tools = tools::for_wasm()?;
    build_programs(&tools)?;
    journeys::measure(&tools)
}
