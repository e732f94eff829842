//! The frame of a program: its async runtime, its exit code, its last line.

use crate::error_chain;
use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

/// How long the end of the process waits for work on other threads, such as a token that does not answer.
const THREADS_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs a command to its end. An error is printed as one line after the program's name, and makes the exit code 1.
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
    // Standard error may be closed; the exit code still reports the failure.
    let _ = writeln!(std::io::stderr(), "{name}: {why}");
    ExitCode::FAILURE
}
