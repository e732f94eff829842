//! `cargo xtask soak`: the long forms of the tests, to run before a release.

use crate::debian::{self, CURL, NGINX, NGINX_BROTLI, OPENSSL_COMMAND, REDIS, SOFTHSM};
use crate::postgres::{self, Durability, RECOMMENDED};
use crate::step::{Failure, command, has, must};

type Part = fn() -> Result<(), Failure>;

const PARTS: [(&str, Part); 6] = [
    ("seeds", seeds),
    ("simulations", simulations),
    ("faults", faults),
    ("mutants", mutants),
    ("fuzz", fuzz),
    ("timing", timing),
];

/// Runs the named parts, or all if none is named.
pub(crate) fn soak(wanted: &[String]) -> Result<(), Failure> {
    if let Some(unknown) = wanted.iter().find(|name| !PARTS.iter().any(|(part, _)| part == name)) {
        return Err(Failure::new(
            format!("unknown part '{unknown}'"),
            "parts: seeds, simulations, faults, mutants, fuzz, timing",
        ));
    }
    for (name, run) in PARTS.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|w| w == name))
    {
        println!("\n[soak {name}]");
        run()?;
    }
    println!("\n✓ all soak tests passed");
    Ok(())
}

/// R22 of docs/invariants.md with 10,000 seeds, or those of `ECASH_SEEDS=from..to`.
fn seeds() -> Result<(), Failure> {
    let seeds = std::env::var("ECASH_SEEDS").unwrap_or_else(|_| "0..10000".to_owned());
    let test = ["test", "--release", "-p", "ecash-wallet", "--test", "simulation", "r22_"];
    must(command("cargo", &test).env("ECASH_SEEDS", seeds), "see the failing case above")
}

/// 2,000 simulations on both ledgers, or those of `ECASH_SIMULATIONS=from..to`.
fn simulations() -> Result<(), Failure> {
    let seeds = std::env::var("ECASH_SIMULATIONS").unwrap_or_else(|_| "0..2000".to_owned());
    let postgres = postgres::start(RECOMMENDED, Durability::NoFsync)?;
    let test = [
        "test",
        "--release",
        "-p",
        "ecash-wallet",
        "--features",
        "servers",
        "--test",
        "simulation",
        "whatever_",
    ];
    let mut simulation = command("cargo", &test);
    simulation.env("ECASH_SIMULATIONS", seeds).env("ECASH_TEST_POSTGRES", postgres.url());
    must(&mut simulation, "see the failing case above")
}

/// R15 of docs/invariants.md with 10,000 signatures, R6 with 20 kills, R26 for 30 minutes, S3 with 1,000 tokens.
fn faults() -> Result<(), Failure> {
    debian::install(&[CURL, NGINX, NGINX_BROTLI, OPENSSL_COMMAND, REDIS, SOFTHSM])?;
    let postgres = postgres::start(RECOMMENDED, Durability::NoFsync)?;
    let tests = ["test", "--release", "-p", "ecash-mint", "--features", "servers"];
    let mut faults = command("cargo", &tests);
    faults.args([
        "--test",
        "hsm_faults",
        "--test",
        "processes",
        "--test",
        "unlinkability",
        "--test",
        "mixed_load",
    ]);
    faults
        .env("ECASH_SOAK_TOKENS", "1000")
        .env("ECASH_SOAK_SIGNATURES", "10000")
        .env("ECASH_SOAK_ROUNDS", "20")
        .env("ECASH_SOAK_SECONDS", "1800");
    faults.env("ECASH_TEST_POSTGRES", postgres.url()).env("ECASH_TEST_POSTGRES_BIN", postgres.bin());
    must(&mut faults, "see the failing test above")
}

/// S13 of docs/invariants.md: the tests detect every mutation of the checks in core.
fn mutants() -> Result<(), Failure> {
    tool("cargo-mutants")?;
    let mut mutants =
        command("cargo", &["mutants", "--package", "ecash-core", "--jobs", "2", "--output", "target"]);
    for file in ["amount", "idempotency", "rsabssa/*", "keys/*", "token/*"] {
        mutants.args(["--file", &format!("core/src/{file}.rs")]);
    }
    must(&mut mutants, "survivors are listed in target/mutants.out/missed.txt")
}

/// S2 of docs/invariants.md: fuzzes each decoder for five minutes.
fn fuzz() -> Result<(), Failure> {
    tool("cargo-fuzz")?;
    for target in ["token_text", "wire"] {
        let arguments = ["fuzz", "run", target, "--", "-max_total_time=300", "-max_len=65536"];
        let mut fuzz = command("cargo", &arguments);
        // The sanitizers are unstable features.
        fuzz.current_dir(crate::step::root().join("core")).env("RUSTC_BOOTSTRAP", "1");
        must(&mut fuzz, "the input is in core/fuzz/artifacts; add it to the corpus together with the fix")?;
    }
    Ok(())
}

/// S4 of docs/invariants.md: reports whether signing takes longer for some inputs. Never fails.
fn timing() -> Result<(), Failure> {
    let example = ["run", "--release", "--quiet", "-p", "ecash-signer", "--example", "timing"];
    must(&mut command("cargo", &example), "see the message above")
}

fn tool(name: &str) -> Result<(), Failure> {
    if has(name) {
        return Ok(());
    }
    println!("installing {name} (only once)");
    must(&mut command("cargo", &["install", "--locked", name]), "is the crate registry reachable?")
}
