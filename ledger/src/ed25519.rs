//! Ed25519 keys of a mint, in PEM files of OpenSSL. One signs the seals of the audit log, one signs receipts,
//! and the third is the source of webhook secrets. These keys do not sign tokens.

use ecash_environment::durable_file::create_file;
use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey, Private, Public};
use openssl::sign::{Signer, Verifier};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Errors of [`Ed25519Key`].
#[derive(Debug, thiserror::Error)]
pub enum Ed25519KeyError {
    /// The file cannot be read or created.
    #[error("the key {0} cannot be read or created")]
    File(PathBuf, #[source] io::Error),
    /// The file does not hold an Ed25519 private key in PEM.
    #[error(
        "{0} does not contain an Ed25519 private key; create one with: openssl genpkey -algorithm ed25519"
    )]
    NoKey(PathBuf),
    /// OpenSSL could not generate or encode a key.
    #[error("OpenSSL could not generate a key")]
    OpenSsl(#[source] ErrorStack),
}

/// An Ed25519 key pair.
pub struct Ed25519Key {
    private: PKey<Private>,
    public: [u8; 32],
}

impl fmt::Debug for Ed25519Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ed25519Key").field("public", &self.public).finish_non_exhaustive()
    }
}

impl Ed25519Key {
    /// Generates a key.
    ///
    /// # Errors
    /// [`Ed25519KeyError::OpenSsl`].
    pub fn generate() -> Result<Self, Ed25519KeyError> {
        let private = PKey::generate_ed25519().map_err(Ed25519KeyError::OpenSsl)?;
        Self::of(private).ok_or_else(|| Ed25519KeyError::OpenSsl(ErrorStack::get()))
    }

    /// Reads a key from a PEM file.
    ///
    /// # Errors
    /// [`Ed25519KeyError`].
    pub fn read(path: &Path) -> Result<Self, Ed25519KeyError> {
        let pem = std::fs::read(path).map_err(|error| Ed25519KeyError::File(path.to_owned(), error))?;
        let private = PKey::private_key_from_pem(&zeroize::Zeroizing::new(pem)).ok();
        private.and_then(Self::of).ok_or_else(|| Ed25519KeyError::NoKey(path.to_owned()))
    }

    /// Reads a key from a PEM file, or creates the file if it is missing. If two processes create it at the
    /// same time, both use the key of the first.
    ///
    /// # Errors
    /// [`Ed25519KeyError`].
    pub fn read_or_make(path: &Path) -> Result<Self, Ed25519KeyError> {
        if !path.exists() {
            let pem =
                Self::generate()?.private.private_key_to_pem_pkcs8().map_err(Ed25519KeyError::OpenSsl)?;
            let pem = zeroize::Zeroizing::new(pem);
            let made = create_file(path, &pem);
            made.map_err(|error| Ed25519KeyError::File(path.to_owned(), error))?;
        }
        Self::read(path)
    }

    /// Reads the key of `configured`, which must exist, or else that of `default`, which is created if it is
    /// missing.
    ///
    /// # Errors
    /// [`Ed25519KeyError`].
    pub fn open(configured: Option<&Path>, default: &Path) -> Result<Self, Ed25519KeyError> {
        configured.map_or_else(|| Self::read_or_make(default), Self::read)
    }

    fn of(private: PKey<Private>) -> Option<Self> {
        let public = private.raw_public_key().ok()?.try_into().ok()?;
        (private.id() == Id::ED25519).then_some(Self { private, public })
    }

    /// Returns the raw public key.
    #[must_use]
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Signs a message.
    ///
    /// # Errors
    /// OpenSSL's failure.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], ErrorStack> {
        let mut signature = [0; 64];
        Signer::new_without_digest(&self.private)?.sign_oneshot(&mut signature, message)?;
        Ok(signature)
    }
}

pub(crate) fn verifies(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let key: Result<PKey<Public>, _> = PKey::public_key_from_raw_bytes(public, Id::ED25519);
    let verified = key.and_then(|key| Verifier::new_without_digest(&key)?.verify_oneshot(signature, message));
    verified.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_created_once_and_reused() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("key.pem");
        let made = Ed25519Key::read_or_make(&path).unwrap();
        let read = Ed25519Key::read_or_make(&path).unwrap();
        assert_eq!(made.public(), read.public());
        let signature = made.sign(&[7; 32]).unwrap();
        assert!(verifies(read.public(), &[7; 32], &signature));
        assert!(!verifies(read.public(), &[8; 32], &signature));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the temporary file is removed");
        assert!(!format!("{made:?}").contains("private"));
    }

    #[test]
    fn another_kind_of_key_is_rejected() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("key.pem");
        let rsa = PKey::from_rsa(openssl::rsa::Rsa::generate(1024).unwrap()).unwrap();
        std::fs::write(&path, rsa.private_key_to_pem_pkcs8().unwrap()).unwrap();
        assert!(matches!(Ed25519Key::read(&path), Err(Ed25519KeyError::NoKey(_))));
    }
}
