//! `cargo xtask bench`: builds and starts the programs that the crate `bench` measures.

use crate::debian::{self, OPENSSL_COMMAND};
use crate::demo_shop::make_key;
use crate::postgres::{self, Durability, RECOMMENDED};
use crate::production::{self, Plan, Stack};
use crate::step::{Failure, command, must, output, root};
use crate::{tools, web};
use ecash_servers::{Server as _, free_port};

/// Measures the mint and its theoretical limits in one run.
pub(crate) fn bench() -> Result<(), Failure> {
    on_a_disk()?;
    println!("[1/3] dependencies");
    tools::native()?;
    debian::install(&[OPENSSL_COMMAND])?;
    production::install()?;
    if !root().join("dist/index.html").is_file() {
        web::build(&web::prepare()?)?;
    }
    println!("[2/3] building");
    let packages = ["--package", "ecash-mint", "--package", "ecash-signer", "--package", "ecash-bench"];
    must(
        &mut command("cargo", &[&["build", "--release"], packages.as_slice()].concat()),
        "see the compiler's output above",
    )?;
    println!("[3/3] measuring, about six minutes; close other programs");
    let postgres = postgres::start(RECOMMENDED, Durability::Full)?;
    let stack = Stack::start(&Plan {
        profile: "release",
        durability: Durability::Full,
        ports: [free_port()?, free_port()?],
        limits: [1_000_000, 1_000_000, 1_000_000],
        bursts: [1000, 1000],
    })?;
    let operator = |arguments: &[&str]| stack.operator(arguments);
    let api_key = make_key(&operator, ["merchant_demo", "bench", "read,payments"])?;
    let processes: Vec<_> = stack.processes().iter().map(|(name, pid)| format!("{name}={pid}")).collect();
    // Raise the limit of open files, because each of the ten thousand event streams needs one.
    let raised = "ulimit -n \"$(ulimit -Hn)\"; exec \"$0\"";
    let mut bench = command("bash", &["-c", raised]);
    bench.arg(root().join("target/release/ecash-bench"));
    bench.env("ECASH_BENCH_MINT", root().join("target/release/ecash-mint"));
    bench.env("ECASH_BENCH_POSTGRES_PID", postgres.process().pid().to_string());
    bench.env("ECASH_TEST_POSTGRES", postgres.url());
    bench.env("ECASH_BENCH_URL", &stack.url).env("ECASH_BENCH_PROCESSES", processes.join(","));
    bench.env("ECASH_BENCH_API_KEY", api_key);
    bench.env("ECASH_BENCH_DOCS", root().join("docs")).env("ECASH_BENCH_MACHINE", machine());
    must(&mut bench, "see the output above")?;
    println!("\n✓ docs/benchmarks.md, its pictures and docs/benchmarks/figures.json are written");
    Ok(())
}

/// Rejects a temporary folder in memory, such as /tmp on Debian 13. Commits of a ledger there would cost
/// nothing.
fn on_a_disk() -> Result<(), Failure> {
    let folder = std::env::temp_dir();
    let mut stat = command("stat", &["--file-system", "--format=%T"]);
    let kind = output(stat.arg(&folder)).unwrap_or_default();
    if kind.trim() == "tmpfs" {
        let what = format!("{} is in memory, so an fsync would cost nothing", folder.display());
        return Err(Failure::new(what, "run: TMPDIR=/var/tmp cargo xtask bench"));
    }
    Ok(())
}

/// Describes the machine, the versions and the date of the measurement.
fn machine() -> String {
    let line = |program: &str, arguments: &[&str]| {
        output(&mut command(program, arguments)).unwrap_or_default().trim().to_owned()
    };
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = system.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or_default();
    format!(
        "{} × {}, {}, {}, PostgreSQL {RECOMMENDED}, {}, `cargo xtask bench`",
        line("nproc", &[]),
        model.map_or("unknown processor", |(_, model)| model),
        system.trim_matches('"'),
        line("openssl", &["version"]),
        line("date", &["-u", "+%Y-%m-%d"]),
    )
}
