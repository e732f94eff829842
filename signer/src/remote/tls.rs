//! Mutual TLS 1.3 by the operator's own certificate authority: only a client with its certificate is accepted.

use openssl::error::ErrorStack;
use openssl::ssl::{
    SslAcceptor, SslConnector, SslContextBuilder, SslFiletype, SslMethod, SslVerifyMode, SslVersion,
};
use openssl::x509::store::X509StoreBuilder;
use std::path::PathBuf;

/// The three files of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// `SIGNER_TLS_CA`: who signs both sides' certificates.
    pub ca: PathBuf,
    /// `SIGNER_TLS_CERT`: this side's certificate.
    pub certificate: PathBuf,
    /// `SIGNER_TLS_KEY`: its key.
    pub key: PathBuf,
}

/// Why TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The files were not named.
    #[error("a tls: address needs SIGNER_TLS_CA, SIGNER_TLS_CERT and SIGNER_TLS_KEY")]
    NoFiles,
    /// A file is not what it should be.
    #[error("{path} cannot be used for TLS; it must be PEM, and the key must fit its certificate")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: ErrorStack,
    },
    /// OpenSSL refused.
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
        // An empty store first: the system's authorities, which OpenSSL's connector trusts, are not ours.
        let nobody = X509StoreBuilder::new().map_err(TlsError::OpenSsl)?.build();
        context.set_cert_store(nobody);
        context.set_ca_file(&self.ca).map_err(at(&self.ca))?;
        context.set_certificate_chain_file(&self.certificate).map_err(at(&self.certificate))?;
        context.set_private_key_file(&self.key, SslFiletype::PEM).map_err(at(&self.key))?;
        context.check_private_key().map_err(at(&self.key))
    }

    /// For the mint.
    pub(super) fn connector(&self) -> Result<SslConnector, TlsError> {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(TlsError::OpenSsl)?;
        self.set(&mut builder)?;
        Ok(builder.build())
    }

    /// For the signer.
    pub(super) fn acceptor(&self) -> Result<SslAcceptor, TlsError> {
        let method = SslMethod::tls_server();
        let mut builder = SslAcceptor::mozilla_modern_v5(method).map_err(TlsError::OpenSsl)?;
        self.set(&mut builder)?;
        builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        Ok(builder.build())
    }
}
