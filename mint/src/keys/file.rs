//! Private keys at rest: one PEM file per keyset with encrypted PKCS#8 keys, which every OpenSSL
//! can read. The passphrase comes from `KEY_PASSPHRASE`, a systemd credential, or a 0600 file.

use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A private key in memory.
pub type PrivateKey = Rsa<Private>;

/// Why keys cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// A file cannot be read or written.
    #[error("{path} cannot be used")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is damaged, or the passphrase is another.
    #[error(
        "the keys in {path} cannot be decrypted; is KEY_PASSPHRASE (or the secret file) the one they were made with?"
    )]
    Decrypt {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: openssl::error::ErrorStack,
    },
    /// OpenSSL failed.
    #[error("OpenSSL could not encrypt a key")]
    Encrypt(#[source] openssl::error::ErrorStack),
}

/// Where the passphrase came from.
pub struct KeySecret {
    passphrase: Zeroizing<Vec<u8>>,
    /// For the log: never the secret itself.
    pub source: String,
}

impl KeySecret {
    /// Takes `KEY_PASSPHRASE`, else the systemd credential `ecash-key-passphrase`, else the file
    /// `key-secret` in the data folder, which is made with `fresh` random bytes if missing.
    ///
    /// # Errors
    /// [`KeyFileError::File`].
    pub fn find(
        passphrase: Option<Zeroizing<String>>,
        credentials_dir: Option<&Path>,
        data_dir: &Path,
        fresh: &[u8; 32],
    ) -> Result<Self, KeyFileError> {
        if let Some(passphrase) = passphrase {
            let passphrase = Zeroizing::new(passphrase.as_bytes().to_vec());
            return Ok(Self { passphrase, source: "KEY_PASSPHRASE".to_owned() });
        }
        if let Some(path) = credentials_dir.map(|dir| dir.join("ecash-key-passphrase")).filter(|p| p.exists())
        {
            let passphrase = Zeroizing::new(std::fs::read(&path).map_err(at(&path))?);
            return Ok(Self { passphrase, source: "systemd credential".to_owned() });
        }
        let path = data_dir.join("key-secret");
        if !path.exists() {
            let text = Zeroizing::new(ecash_core::base64url::encode(fresh));
            write_durably(&path, text.as_bytes())?;
        }
        let passphrase = Zeroizing::new(std::fs::read(&path).map_err(at(&path))?);
        Ok(Self { passphrase, source: format!("{} (mode 0600)", path.display()) })
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> KeyFileError + use<> {
    let path = path.to_path_buf();
    |source| KeyFileError::File { path, source }
}

/// Written beside, flushed, renamed: there is the old file or the whole new one.
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
    /// Uses `data_dir/keys`.
    ///
    /// # Errors
    /// [`KeyFileError::File`] if the folder cannot be made.
    pub fn open(data_dir: &Path, secret: KeySecret) -> Result<Self, KeyFileError> {
        let folder = data_dir.join("keys");
        std::fs::create_dir_all(&folder).map_err(at(&folder))?;
        Ok(Self { folder, secret })
    }

    fn path(&self, keyset_id: &ecash_core::KeysetId) -> PathBuf {
        self.folder.join(format!("{keyset_id}.pem"))
    }

    /// Stores the keys of a keyset, durably, before anybody hears of them.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn store(&self, keyset_id: &ecash_core::KeysetId, keys: &[PrivateKey]) -> Result<(), KeyFileError> {
        let mut pem = Zeroizing::new(Vec::new());
        for key in keys {
            let key = PKey::from_rsa(key.clone()).map_err(KeyFileError::Encrypt)?;
            let block = key
                .private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), &self.secret.passphrase)
                .map_err(KeyFileError::Encrypt)?;
            pem.extend_from_slice(&block);
        }
        write_durably(&self.path(keyset_id), &pem)
    }

    /// Reads the keys of a keyset; none if there is no file.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn load(&self, keyset_id: &ecash_core::KeysetId) -> Result<Vec<PrivateKey>, KeyFileError> {
        const END: &str = "-----END ENCRYPTED PRIVATE KEY-----\n";
        let path = self.path(keyset_id);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let pem = std::fs::read_to_string(&path).map_err(at(&path))?;
        pem.split_inclusive(END)
            .map(|block| {
                PKey::private_key_from_pem_passphrase(block.as_bytes(), &self.secret.passphrase)
                    .and_then(|key| key.rsa())
                    .map_err(|source| KeyFileError::Decrypt { path: path.clone(), source })
            })
            .collect()
    }

    /// Where the passphrase came from, for the log.
    #[must_use]
    pub fn secret_source(&self) -> &str {
        &self.secret.source
    }
}
