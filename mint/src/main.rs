//! `ecash-mint`: serves a mint and runs operator commands.

use clap::Parser as _;
use ecash_mint::commands::{Cli, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    ecash_environment::program::run("ecash-mint", run(Cli::parse()))
}
