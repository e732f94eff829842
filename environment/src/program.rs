//! Runs the main function of a program: async runtime, error line and exit code.

use crate::error_chain;
use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

/// How long the process waits at exit for blocking work on other threads, such as a hardware token that does not
/// respond.
const THREADS_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs a command to completion on a new async runtime. On an error, prints the program's name and the error chain as
/// one line on standard error, and returns exit code 1.
pub fn run<E: Error + 'static>(name: &str, command: impl Future<Output = Result<(), E>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(name, &format!("the async runtime cannot be started: {error}")),
    };
    let result = runtime.block_on(command);
    runtime.shutdown_timeout(THREADS_TIMEOUT);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(name, &error_chain(&error)),
    }
}

fn fail(name: &str, why: &str) -> ExitCode {
    // Standard error may be closed; the exit code reports the failure anyway.
    let _ = writeln!(std::io::stderr(), "{name}: {why}");
    ExitCode::FAILURE
}
