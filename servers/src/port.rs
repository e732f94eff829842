//! Ports for the servers.

use std::io;
use std::net::TcpListener;

/// Returns a port of loopback that is free now.
///
/// # Errors
/// If there is none.
pub fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .map_err(|error| io::Error::other(format!("no port of loopback is free: {error}")))?;
    Ok(listener.local_addr()?.port())
}
