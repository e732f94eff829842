//! Starts and stops the real servers of tests, measurements and `cargo xtask`: PostgreSQL, Redis, SoftHSM
//! hardware tokens and their signers, mints, and nginx. Development only. Every call blocks.
//!
//! 1. A server listens on a free loopback port, and keeps its files in a temporary folder.
//! 2. It is stopped by its process id when its value is dropped.
//! 3. An error names the server and what failed, and quotes the end of its log.

mod certificate;
mod http;
mod mint;
mod nginx;
mod port;
mod postgres;
mod process;
mod redis;
mod small_disk;
mod soft_hsm;
mod user;

pub use certificate::make_certificate;
pub use http::is_healthy;
pub use mint::{Mint, NO_LIMITS};
pub use nginx::{Nginx, NginxSettings};
pub use port::free_port;
pub use postgres::{Durability, Postgres};
pub use process::{Process, Server, ready};
pub use redis::{Redis, RedisSettings};
pub use small_disk::{fill_up, small_disk};
pub use soft_hsm::{Pins, Signer, SoftHsm};
pub use user::{as_server_user, give_to_server_user, is_root, write_private};

use std::io;
use std::process::Command;

/// Runs a command to its end, and returns its standard output. The error contains the command's output.
///
/// # Errors
/// If it cannot be started or fails.
pub fn run(name: &str, command: &mut Command) -> io::Result<String> {
    let output = command.stdin(std::process::Stdio::null()).output();
    let output = output.map_err(|error| io::Error::other(format!("{name} could not be started: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let printed = [output.stdout, output.stderr].concat();
    Err(io::Error::other(format!("{name} failed: {}", String::from_utf8_lossy(&printed).trim())))
}
