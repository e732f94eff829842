//! The eCash mint's one binary.

use clap::Parser as _;
use ecash_mint::commands::{Cli, explain, run};
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

/// How long the end of the process waits for work on other threads, such as a token that does not answer.
const THREADS_TIMEOUT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the async runtime cannot be started: {error}")),
    };
    let result = runtime.block_on(run(cli));
    runtime.shutdown_timeout(THREADS_TIMEOUT);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&explain(&error)),
    }
}

fn fail(why: &str) -> ExitCode {
    // Standard error may be closed; the exit code still tells.
    let _ = writeln!(std::io::stderr(), "ecash-mint: {why}");
    ExitCode::FAILURE
}
