//! Ports for servers that tests start.

use std::net::TcpListener;

/// A port of loopback that nobody uses now.
#[must_use]
pub fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    free.local_addr().expect("an address").port()
}
