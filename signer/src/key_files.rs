//! Private keys at rest: one PEM file per keyset with encrypted PKCS#8 keys, which OpenSSL can read. The passphrase
//! comes from `KEY_PASSPHRASE`, a systemd credential, or a file of mode 0600.
//!
//! A file's name contains a digest of its keys. Two processes that generate keys for the same epoch therefore do not
//! overwrite each other's files before the ledger decides which keyset is published.

use ecash_core::KeysetId;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A private key in memory.
pub type PrivateKey = Rsa<Private>;

/// Why keys cannot be stored or read.
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
    /// The file is corrupt, or it was encrypted with another passphrase.
    #[error(
        "the keys in {path} cannot be decrypted; is KEY_PASSPHRASE (or the secret file) the one they were made with?"
    )]
    Decrypt {
        /// The key file.
        path: PathBuf,
        /// OpenSSL's error.
        #[source]
        source: openssl::error::ErrorStack,
    },
    /// OpenSSL does not accept this passphrase. Holds its source, not the passphrase.
    #[error("the key passphrase from {0} must have 1 to 1000 bytes and no zero byte")]
    Passphrase(String),
    /// OpenSSL could not encrypt a key.
    #[error("OpenSSL could not encrypt a key")]
    Encrypt(#[source] openssl::error::ErrorStack),
}

/// The passphrase of the key files, and where it came from.
pub struct KeySecret {
    passphrase: Zeroizing<Vec<u8>>,
    /// A description of the source for the log; never the passphrase.
    pub source: String,
}

impl KeySecret {
    /// Uses `KEY_PASSPHRASE`, else the systemd credential `ecash-key-passphrase`, else the file `key-secret` in the
    /// data folder, which is created from the random bytes `fresh` if it is missing.
    ///
    /// # Errors
    /// [`KeyFileError::File`] or [`KeyFileError::Passphrase`].
    pub fn find(
        passphrase: Option<Zeroizing<String>>,
        credentials_dir: Option<&Path>,
        data_dir: &Path,
        fresh: &[u8; 32],
    ) -> Result<Self, KeyFileError> {
        if let Some(passphrase) = passphrase {
            let passphrase = Zeroizing::new(passphrase.as_bytes().to_vec());
            return Self::checked(passphrase, "KEY_PASSPHRASE".to_owned());
        }
        if let Some(path) = credentials_dir.map(|dir| dir.join("ecash-key-passphrase")).filter(|p| p.exists())
        {
            let passphrase = Zeroizing::new(std::fs::read(&path).map_err(at(&path))?);
            return Self::checked(passphrase, "systemd credential".to_owned());
        }
        let path = data_dir.join("key-secret");
        if !path.exists() {
            let text = Zeroizing::new(ecash_core::base64url::encode(fresh));
            write_durably(&path, text.as_bytes())?;
        }
        let passphrase = Zeroizing::new(std::fs::read(&path).map_err(at(&path))?);
        Self::checked(passphrase, format!("{} (mode 0600)", path.display()))
    }

    fn checked(passphrase: Zeroizing<Vec<u8>>, source: String) -> Result<Self, KeyFileError> {
        if (1..=1000).contains(&passphrase.len()) && !passphrase.contains(&0) {
            Ok(Self { passphrase, source })
        } else {
            Err(KeyFileError::Passphrase(source))
        }
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> KeyFileError + use<> {
    let path = path.to_path_buf();
    |source| KeyFileError::File { path, source }
}

/// Replaces a file atomically: writes a temporary file, flushes it, and renames it over the old one.
fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    let temporary = path.with_extension("new");
    let write = || {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    write().map_err(at(path))
}

/// The folder of key files.
pub struct KeyFiles {
    folder: PathBuf,
    secret: KeySecret,
}

impl KeyFiles {
    /// Uses the folder `keys` in the data folder, and creates it if it is missing.
    ///
    /// # Errors
    /// [`KeyFileError::File`] if the folder cannot be created.
    pub fn open(data_dir: &Path, secret: KeySecret) -> Result<Self, KeyFileError> {
        let folder = data_dir.join("keys");
        std::fs::create_dir_all(&folder).map_err(at(&folder))?;
        Ok(Self { folder, secret })
    }

    fn path(&self, keyset_id: &KeysetId, keys: &[PrivateKey]) -> PathBuf {
        let digest =
            keys.iter().fold(Sha256::new(), |hash, key| hash.chain_update(key.n().to_vec())).finalize();
        let tag = ecash_core::base64url::encode(digest.get(..6).unwrap_or_default());
        self.folder.join(format!("{keyset_id}.{tag}.pem"))
    }

    /// Stores the private keys of a keyset durably. Must be called before the keyset is published.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn store(&self, keyset_id: &KeysetId, keys: &[PrivateKey]) -> Result<(), KeyFileError> {
        let mut pem = Zeroizing::new(Vec::new());
        for key in keys {
            let key = PKey::from_rsa(key.clone()).map_err(KeyFileError::Encrypt)?;
            let block = key
                .private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), &self.secret.passphrase)
                .map_err(KeyFileError::Encrypt)?;
            pem.extend_from_slice(&block);
        }
        write_durably(&self.path(keyset_id, keys), &pem)
    }

    /// Deletes keys whose keyset was not published, because another process published that epoch first.
    ///
    /// # Errors
    /// [`KeyFileError::File`].
    pub fn discard(&self, keyset_id: &KeysetId, keys: &[PrivateKey]) -> Result<(), KeyFileError> {
        let path = self.path(keyset_id, keys);
        std::fs::remove_file(&path).map_err(at(&path))
    }

    /// Reads every key stored under the name of a keyset. They may include keys that were never published; the caller
    /// compares them with the ledger.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn load(&self, keyset_id: &KeysetId) -> Result<Vec<PrivateKey>, KeyFileError> {
        let prefix = format!("{keyset_id}.");
        let mut keys = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(at(&self.folder))? {
            let path = entry.map_err(at(&self.folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&prefix) && name.ends_with(".pem") {
                keys.extend(self.load_file(&path)?);
            }
        }
        Ok(keys)
    }

    fn load_file(&self, path: &Path) -> Result<Vec<PrivateKey>, KeyFileError> {
        const END: &str = "-----END ENCRYPTED PRIVATE KEY-----\n";
        let pem = match std::fs::read_to_string(path) {
            Ok(pem) => pem,
            // Another process has discarded it since the folder was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(at(path)(error)),
        };
        pem.split_inclusive(END)
            .map(|block| {
                PKey::private_key_from_pem_passphrase(block.as_bytes(), &self.secret.passphrase)
                    .and_then(|key| key.rsa())
                    .map_err(|source| KeyFileError::Decrypt { path: path.to_path_buf(), source })
            })
            .collect()
    }

    /// Returns the folder of the key files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns where the passphrase came from, for the log.
    #[must_use]
    pub fn secret_source(&self) -> &str {
        &self.secret.source
    }
}
