//! `cargo xtask soak`: the long forms, run before a claim is made.

use crate::step::{Failure, command, has, must};

pub(crate) fn soak(arguments: &[String]) -> Result<(), Failure> {
    let seeds = arguments.first().map_or("0..10000", String::as_str);
    println!("[1/2] R22 with seeds {seeds}");
    let test = ["test", "--release", "-p", "ecash-wallet", "--test", "lossy_transport"];
    must(command("cargo", &test).env("ECASH_SEEDS", seeds), "the failing seed is above")?;
    println!("[2/2] S13: mutation tests of core's checks");
    if !has("cargo-mutants") {
        must(
            &mut command("cargo", &["install", "--locked", "cargo-mutants"]),
            "is the crate registry reachable?",
        )?;
    }
    let files = ["amount", "rsabssa/*", "keys/*", "token/*", "idempotency"];
    let mut mutants =
        command("cargo", &["mutants", "--package", "ecash-core", "--no-shuffle", "--jobs", "2"]);
    for file in files {
        mutants.args(["--file", &format!("core/src/{file}.rs")]);
    }
    must(&mut mutants, "survivors are listed in mutants.out/missed.txt")?;
    println!("\n✓ the long forms passed");
    Ok(())
}
