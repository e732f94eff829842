//! Mutual TLS 1.3 with the operator's certificate authority. Each side accepts only certificates of that
//! authority.

use openssl::error::ErrorStack;
use openssl::ssl::{
    SslAcceptor, SslConnector, SslContextBuilder, SslFiletype, SslMethod, SslVerifyMode, SslVersion,
};
use openssl::x509::store::X509StoreBuilder;
use std::path::PathBuf;

/// The PEM files that one side needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// `SIGNER_TLS_CA`: the certificate authority of both sides.
    pub ca: PathBuf,
    /// `SIGNER_TLS_CERT`: this side's certificate chain.
    pub certificate: PathBuf,
    /// `SIGNER_TLS_KEY`: the private key of the certificate.
    pub key: PathBuf,
}

/// Errors of [`TlsFiles`].
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The settings do not name the files.
    #[error("a tls: address needs SIGNER_TLS_CA, SIGNER_TLS_CERT and SIGNER_TLS_KEY")]
    NoFiles,
    /// A file cannot be read, is not PEM, or the key does not match the certificate.
    #[error("{path} cannot be used for TLS; it must be PEM, and the key must match its certificate")]
    File {
        /// The file.
        path: PathBuf,
        /// OpenSSL's error.
        #[source]
        source: ErrorStack,
    },
    /// OpenSSL does not support TLS 1.3, or is out of memory.
    #[error("OpenSSL cannot be set up for TLS 1.3")]
    OpenSsl(#[source] ErrorStack),
}

impl TlsFiles {
    fn set(&self, context: &mut SslContextBuilder) -> Result<(), TlsError> {
        let at = |path: &PathBuf| {
            let path = path.clone();
            |source| TlsError::File { path, source }
        };
        context.set_min_proto_version(Some(SslVersion::TLS1_3)).map_err(TlsError::OpenSsl)?;
        // Start with an empty store, because OpenSSL's connector trusts the system's certificate authorities.
        let empty = X509StoreBuilder::new().map_err(TlsError::OpenSsl)?.build();
        context.set_cert_store(empty);
        context.set_ca_file(&self.ca).map_err(at(&self.ca))?;
        context.set_certificate_chain_file(&self.certificate).map_err(at(&self.certificate))?;
        context.set_private_key_file(&self.key, SslFiletype::PEM).map_err(at(&self.key))?;
        context.check_private_key().map_err(at(&self.key))
    }

    /// Returns the connector of the mint's side.
    pub(super) fn connector(&self) -> Result<SslConnector, TlsError> {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(TlsError::OpenSsl)?;
        self.set(&mut builder)?;
        Ok(builder.build())
    }

    /// Returns the acceptor of the signer's side, which requires a client certificate.
    pub(super) fn acceptor(&self) -> Result<SslAcceptor, TlsError> {
        let method = SslMethod::tls_server();
        let mut builder = SslAcceptor::mozilla_modern_v5(method).map_err(TlsError::OpenSsl)?;
        self.set(&mut builder)?;
        builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        Ok(builder.build())
    }
}
