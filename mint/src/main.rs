//! The eCash mint's one binary.

use clap::Parser as _;
use ecash_mint::commands::{Cli, explain, run};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ecash-mint: {}", explain(&error));
            ExitCode::FAILURE
        }
    }
}
