//! Ports for the servers.

use std::io;
use std::net::TcpListener;

/// Returns a loopback port that is currently free.
///
/// # Errors
/// If no port is free.
pub fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .map_err(|error| io::Error::other(format!("no loopback port is free: {error}")))?;
    Ok(listener.local_addr()?.port())
}
