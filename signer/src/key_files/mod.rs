//! Private keys at rest: one encrypted file per keyset (`sealed`). The passphrase comes from
//! `KEY_PASSPHRASE`, a systemd credential, or a file of mode 0600 (`secret`).
//!
//! A file's name contains a digest of its keys. Two processes that generate keys for the same epoch therefore
//! do not overwrite each other's files before the ledger decides which keyset is published.

mod pem;
mod sealed;
mod secret;
#[cfg(test)]
mod tests;

pub use sealed::SealedKeysError;
pub use secret::KeySecret;

use ecash_core::keys::Keyset;
use ecash_core::{KeysetId, Timestamp};
use ecash_environment::durable_file::{flush_folder, replace_file};
use ecash_environment::process::make_private;
use ecash_environment::{Entropy as _, SystemEntropy};
use openssl::pkey::Private;
use openssl::rsa::Rsa;
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A private key in memory.
pub type PrivateKey = Rsa<Private>;

/// Errors of [`KeyFiles`].
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// A file cannot be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The I/O error.
        #[source]
        source: io::Error,
    },
    /// The file cannot be opened with this passphrase.
    #[error(
        "the keys in {path} cannot be decrypted; check that KEY_PASSPHRASE (or the secret file) is the one with which they were encrypted"
    )]
    Decrypt {
        /// The key file.
        path: PathBuf,
        /// What failed.
        #[source]
        source: SealedKeysError,
    },
    /// The passphrase cannot be used, or is too short. Contains its source, not the passphrase.
    #[error("the key passphrase from {0} must have 12 to 1000 bytes and no zero byte")]
    Passphrase(String),
    /// The keys could not be encrypted.
    #[error("the keys could not be encrypted")]
    Encrypt(#[source] SealedKeysError),
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> KeyFileError + use<> {
    let path = path.to_path_buf();
    |source| KeyFileError::File { path, source }
}

/// The state of destroying the keys of a keyset that stopped issuing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retirement {
    /// The keys will be destroyed at a call at least a day after the first one.
    Waiting,
    /// The keys were destroyed by this call.
    Destroyed,
    /// The folder has no keys of this keyset.
    Gone,
}

/// The folder of key files.
pub struct KeyFiles {
    folder: PathBuf,
    secret: KeySecret,
}

impl KeyFiles {
    /// Opens the folder `keys` in the data folder, or creates it if it is missing.
    ///
    /// # Errors
    /// [`KeyFileError::File`] if the folder cannot be created.
    pub fn open(data_dir: &Path, secret: KeySecret) -> Result<Self, KeyFileError> {
        let folder = data_dir.join("keys");
        std::fs::create_dir_all(&folder).map_err(at(&folder))?;
        make_private(&folder).map_err(at(&folder))?;
        Ok(Self { folder, secret })
    }

    fn path(&self, keyset: &Keyset) -> PathBuf {
        let digest =
            keyset.keys.iter().fold(Sha256::new(), |hash, key| hash.chain_update(key.public.n())).finalize();
        let tag = ecash_core::base64url::encode(digest.get(..6).unwrap_or_default());
        self.folder.join(format!("{}.{tag}.keys", keyset.keyset_id))
    }

    /// Stores the private keys of a keyset durably. Must be called before the keyset is published.
    ///
    /// # Errors
    /// [`KeyFileError`]; [`KeyFileError::Passphrase`] if it is too short.
    pub fn store(&self, keyset: &Keyset, keys: &[PrivateKey]) -> Result<(), KeyFileError> {
        self.secret.check_strength()?;
        self.write(keyset, keys)
    }

    fn write(&self, keyset: &Keyset, keys: &[PrivateKey]) -> Result<(), KeyFileError> {
        let mut random = [0; 40];
        SystemEntropy.fill(&mut random).map_err(|_| KeyFileError::Encrypt(SealedKeysError::Encrypt))?;
        let file = sealed::seal(keyset, keys, &self.secret, &random).map_err(KeyFileError::Encrypt)?;
        let path = self.path(keyset);
        replace_file(&path, &file).map_err(at(&path))
    }

    /// Deletes the keys of a keyset that lost the race for its epoch, or whose issuing time is over. Returns
    /// whether the folder had any.
    ///
    /// # Errors
    /// [`KeyFileError::File`].
    pub fn destroy(&self, keyset: &Keyset) -> Result<bool, KeyFileError> {
        let path = self.path(keyset);
        match std::fs::remove_file(&path) {
            Ok(()) => flush_folder(&path).map_err(at(&path)).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(at(&path)(error)),
        }
    }

    /// Deletes the keys of a keyset that stopped issuing. The first call only records the time, and a call at
    /// least a day later deletes the keys. A clock that is briefly wrong therefore destroys nothing. Call it
    /// only with a clock that agrees with the ledger.
    ///
    /// # Errors
    /// [`KeyFileError::File`].
    pub fn retire(&self, keyset: &Keyset, now: Timestamp) -> Result<Retirement, KeyFileError> {
        let marker = self.path(keyset).with_extension("retired");
        if !self.path(keyset).exists() && self.old_files(&keyset.keyset_id)?.is_empty() {
            return Ok(Retirement::Gone);
        }
        // 1. Read the time of the first call from the marker file.
        let first = match std::fs::read_to_string(&marker) {
            Ok(text) => text.trim().parse().ok().map(Timestamp::from_unix_seconds),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(at(&marker)(error)),
        };
        // 2. Destroy the keys if a day has passed since then. Otherwise keep waiting, or write the marker.
        match first {
            Some(first) if now >= first.plus_days(1) => {
                self.destroy(keyset)?;
                for path in self.old_files(&keyset.keyset_id)?.into_iter().chain([marker]) {
                    match std::fs::remove_file(&path) {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => {
                            return Err(at(&path)(error));
                        }
                        // Another mint of this folder has removed it.
                        _ => {}
                    }
                }
                Ok(Retirement::Destroyed)
            }
            Some(first) if first <= now => Ok(Retirement::Waiting),
            // This is the first call, or the clock was set back since then.
            _ => {
                replace_file(&marker, now.unix_seconds().to_string().as_bytes()).map_err(at(&marker))?;
                Ok(Retirement::Waiting)
            }
        }
    }

    /// Reads the private keys of a keyset. Returns an empty list if they are not in this folder. Replaces a
    /// file of version 0.1 by one of this version.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn load(&self, keyset: &Keyset) -> Result<Vec<PrivateKey>, KeyFileError> {
        let path = self.path(keyset);
        match std::fs::read(&path) {
            Ok(file) => {
                make_private(&path).map_err(at(&path))?;
                let opened = sealed::open(keyset, &file, &self.secret);
                opened.map_err(|source| KeyFileError::Decrypt { path, source })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.convert(keyset),
            Err(error) => Err(at(&path)(error)),
        }
    }

    /// Reads the keys from a file of version 0.1, writes them in the current format, and deletes the old
    /// file.
    fn convert(&self, keyset: &Keyset) -> Result<Vec<PrivateKey>, KeyFileError> {
        for path in self.old_files(&keyset.keyset_id)? {
            let pem = Zeroizing::new(std::fs::read_to_string(&path).map_err(at(&path))?);
            let decrypted = pem::read_encrypted(&pem, &self.secret.passphrase);
            let keys = decrypted.map_err(|_| {
                // OpenSSL's error text is long and adds no information.
                KeyFileError::Decrypt { path: path.clone(), source: SealedKeysError::Decrypt }
            })?;
            let holds = |n: &[u8]| keys.iter().any(|key| key.n().to_vec() == n);
            // Another process may have generated keys for this epoch that were never published.
            if keys.len() != keyset.keys.len() || !keyset.keys.iter().all(|key| holds(key.public.n())) {
                continue;
            }
            self.write(keyset, &keys)?;
            // Read back before the old file, the only other copy, is removed.
            let new = self.path(keyset);
            let file = std::fs::read(&new).map_err(at(&new))?;
            sealed::open(keyset, &file, &self.secret)
                .map_err(|source| KeyFileError::Decrypt { path: new, source })?;
            std::fs::remove_file(&path).and_then(|()| flush_folder(&path)).map_err(at(&path))?;
            tracing::info!(keyset = %keyset.keyset_id, "key file of version 0.1 re-encrypted with Argon2id and XChaCha20-Poly1305");
            return Ok(keys);
        }
        Ok(Vec::new())
    }

    fn old_files(&self, keyset_id: &KeysetId) -> Result<Vec<PathBuf>, KeyFileError> {
        let prefix = format!("{keyset_id}.");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(at(&self.folder))? {
            let path = entry.map_err(at(&self.folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&prefix) && name.ends_with(".pem") {
                found.push(path);
            }
        }
        Ok(found)
    }

    /// Returns the folder of the key files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns a description of the passphrase's source, for the log.
    #[must_use]
    pub fn secret_source(&self) -> &str {
        &self.secret.source
    }
}
