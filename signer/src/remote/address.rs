//! Addresses of the signer process.

use super::tls::{TlsError, TlsFiles};
use openssl::ssl::SslConnector;
use std::path::PathBuf;
use std::str::FromStr;

/// An address in the form `unix:PATH` or `tls:HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerAddress {
    /// A socket on this machine. The file's owner and mode decide who may connect.
    Unix(PathBuf),
    /// TCP with mutual TLS 1.3.
    Tls {
        /// A host name, which must be in the signer's certificate.
        host: String,
        /// The TCP port.
        port: u16,
    },
}

/// The text is not an address. The message is the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unix:PATH or tls:HOST:PORT")]
pub struct AddressError;

impl FromStr for SignerAddress {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(path.into()));
        }
        let (host, port) =
            text.strip_prefix("tls:").and_then(|rest| rest.rsplit_once(':')).ok_or(AddressError)?;
        let port = port.parse().map_err(|_| AddressError)?;
        if host.is_empty() { Err(AddressError) } else { Ok(Self::Tls { host: host.to_owned(), port }) }
    }
}

impl std::fmt::Display for SignerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tls { host, port } => write!(f, "tls:{host}:{port}"),
        }
    }
}

/// An address with the credentials for connecting to it.
#[derive(Clone)]
pub enum SignerLink {
    /// A socket on this machine; needs no credentials.
    Unix(PathBuf),
    /// TCP with mutual TLS 1.3.
    Tls {
        /// A host name, which must be in the signer's certificate.
        host: String,
        /// The TCP port.
        port: u16,
        /// The mint's certificate and key, and the trusted certificate authority.
        connector: SslConnector,
    },
}

impl SignerLink {
    /// Reads the certificate files of a TLS address.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn new(address: &SignerAddress, tls: Option<&TlsFiles>) -> Result<Self, TlsError> {
        match address {
            SignerAddress::Unix(path) => Ok(Self::Unix(path.clone())),
            SignerAddress::Tls { host, port } => {
                let connector = tls.ok_or(TlsError::NoFiles)?.connector()?;
                Ok(Self::Tls { host: host.clone(), port: *port, connector })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let unix: SignerAddress = "unix:/run/ecash/signer.sock".parse().unwrap();
        assert_eq!(unix, SignerAddress::Unix("/run/ecash/signer.sock".into()));
        let tls: SignerAddress = "tls:ecash-signer:7443".parse().unwrap();
        assert_eq!(tls.to_string(), "tls:ecash-signer:7443");
        for bad in ["", "unix:", "tls:host", "tls::1", "tls:h:x", "tcp:h:1", "http://h:1"] {
            assert!(bad.parse::<SignerAddress>().is_err(), "{bad}");
        }
    }
}
