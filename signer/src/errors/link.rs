//! Errors of the connection to a signer process.

use std::io;

/// Why there is no response of the signer.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The address does not accept a connection.
    #[error("cannot connect to the signer; does it run, and is SIGNER_URL right?")]
    Connect(#[source] io::Error),
    /// One side rejected the certificate of the other.
    #[error("the TLS handshake with the signer failed; are both certificates of the same authority?")]
    Handshake(#[source] openssl::ssl::Error),
    /// Connecting failed less than a second ago, and is not retried yet.
    #[error("the signer could not be reached a moment ago; not retrying yet")]
    BackingOff,
    /// The signer did not accept a connection or respond in time.
    #[error("the signer took too long to {0}")]
    TimedOut(&'static str),
    /// The connection was closed before the response.
    #[error("the connection to the signer broke")]
    Broken,
    /// The response is malformed, does not fit the request, or holds a keyset that fails its checks.
    #[error("the signer's response is not valid; do mint and signer have the same version?")]
    Nonsense,
}
