//! Errors of the connection to a signer process.

use std::io;

/// Errors of a connection to the signer process.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The address does not accept a connection.
    #[error("cannot connect to the signer; check that it is running, and SIGNER_URL")]
    Connect(#[source] io::Error),
    /// One side rejected the certificate of the other.
    #[error(
        "the TLS handshake with the signer failed; check that both certificates are of the same authority"
    )]
    Handshake(#[source] openssl::ssl::Error),
    /// Connecting failed less than a second ago. It is not retried during the backoff.
    #[error(
        "the last connection attempt to the signer failed less than a second ago; retrying after the backoff"
    )]
    BackingOff,
    /// The signer did not accept a connection or respond in time.
    #[error("the signer took too long to {0}")]
    TimedOut(&'static str),
    /// The connection was closed before the response.
    #[error("the connection to the signer was closed")]
    Broken,
    /// The response is malformed, does not fit the request, or contains a keyset that fails its checks.
    #[error("the signer's response is not valid; check that mint and signer have the same version")]
    Nonsense,
}
