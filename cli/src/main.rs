//! The command `ecash`: a wallet in a file, for the terminal and for scripts.
//!
//! | module | what it holds |
//! |---|---|
//! | `arguments` | the command line |
//! | `session` | the wallet's file and its mint |
//! | `commands`, `payments` | the commands |
//! | `output` | texts for users, JSON for programs |
//! | `failure` | errors and exit codes |

mod arguments;
mod commands;
mod failure;
mod output;
mod payments;
mod session;

use arguments::Arguments;
use clap::Parser as _;
use ecash_environment::error_chain;
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string(), failure::FAILED),
    };
    match runtime.block_on(commands::run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error_chain(&error), error.exit_code()),
    }
}

fn fail(why: &str, code: u8) -> ExitCode {
    // Ignore a closed standard error: the exit code reports the failure too.
    let _ = writeln!(std::io::stderr(), "ecash: {why}");
    ExitCode::from(code)
}
