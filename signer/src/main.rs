//! `ecash-signer`: the process that holds a hardware token's PIN and signs for mints.

use clap::Parser as _;
use ecash_signer::commands::{Cli, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    ecash_environment::program::run("ecash-signer", run(Cli::parse()))
}
