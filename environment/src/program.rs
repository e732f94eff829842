//! Runs the main function of a program: async runtime, error line and exit code.

use crate::error_chain;
use crate::process::harden;
use crate::stop::note_ignored_signals;
use std::error::Error;
use std::fmt::Arguments;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

/// How long the process waits at exit for blocking work on other threads, such as a hardware token that does
/// not respond.
const THREADS_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs a command to completion on a new async runtime. On an error, prints the program's name and the error
/// chain as one line on standard error, and returns exit code 1. New files are readable only by the process's
/// user ([`harden`]).
pub fn run<E: Error + 'static>(name: &str, command: impl Future<Output = Result<(), E>>) -> ExitCode {
    note_ignored_signals();
    if let Err(error) = harden() {
        return fail(name, &format!("the process cannot be protected from other users: {error}"));
    }
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

/// Standard output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the output cannot be written")]
pub struct OutputError(#[source] std::io::Error);

/// Writes text to standard output.
///
/// # Errors
/// [`OutputError`], for example if the pipe is closed or the disk is full. `print!` would panic instead.
pub fn write_out(text: Arguments<'_>) -> Result<(), OutputError> {
    let mut out = std::io::stdout().lock();
    out.write_fmt(text).and_then(|()| out.flush()).map_err(OutputError)
}

/// Writes a line to standard output, like `println!`, but returns an error instead of panicking.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => { $crate::program::write_out(format_args!("{}\n", format_args!($($text)*))) };
}

fn fail(name: &str, why: &str) -> ExitCode {
    // Standard error may be closed; the exit code reports the failure anyway.
    let _ = writeln!(std::io::stderr(), "{name}: {why}");
    ExitCode::FAILURE
}
