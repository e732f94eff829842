//! The HTTP server of both listeners: HTTP/1.1 with timeouts.

use axum_server::{Handle, Server};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// How long a client may take to send a request's header, and how long a connection may be idle between
/// requests. Longer than nginx keeps idle connections (`deployment/nginx/nginx.conf.template`), so that nginx
/// closes first and never sends a request on a connection that is being closed.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Creates an HTTP/1.1 server on `listener`, whose connections `acceptor` accepts. HTTP/2 is off, because
/// browsers do not use it without TLS, and detecting the version would leave a client that sends nothing
/// without a timeout.
///
/// # Errors
/// If the listener cannot be used by the runtime.
pub(crate) fn http_server<A>(
    listener: TcpListener,
    handle: Handle<SocketAddr>,
    acceptor: A,
) -> io::Result<Server<SocketAddr, A>> {
    let server = axum_server::from_tcp(listener)?;
    let mut server = server.http1_only().acceptor(acceptor).handle(handle);
    server.http_builder().http1().header_read_timeout(HEADER_TIMEOUT);
    Ok(server)
}
