//! The passphrase of the key files, and the cost of deriving a key from it.

use super::{KeyFileError, at};
use ecash_environment::durable_file::create_file;
use serde::{Deserialize, Serialize};
use std::path::Path;
use zeroize::Zeroizing;

/// Minimum length of the passphrase of new key files, in bytes. Existing files can be read with a shorter
/// one.
const MIN_LEN: usize = 12;
const MAX_LEN: usize = 1000;

/// Cost of Argon2id (RFC 9106), stored with each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl Cost {
    /// For a passphrase chosen by a person: the second recommendation of RFC 9106 §4.
    const PASSPHRASE: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
    /// For 32 random bytes, which cannot be guessed: the minimum cost.
    const RANDOM: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };
    /// Upper limit of a file's cost, so that a crafted file cannot consume gigabytes or minutes.
    const MAX: Self = Self { memory_kib: 1024 * 1024, passes: 16, lanes: 16 };

    pub(super) const fn is_acceptable(self) -> bool {
        self.memory_kib <= Self::MAX.memory_kib
            && self.passes <= Self::MAX.passes
            && self.lanes <= Self::MAX.lanes
    }
}

/// The passphrase of the key files, and its source.
pub struct KeySecret {
    pub(super) passphrase: Zeroizing<Vec<u8>>,
    pub(super) cost: Cost,
    /// A description of the source for the log; never the passphrase.
    pub source: String,
}

impl KeySecret {
    /// Uses `KEY_PASSPHRASE`, else the systemd credential `ecash-key-passphrase`, else the file `key-secret`
    /// in the data folder, which is created from the random bytes `fresh` if it is missing.
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
            return Self::checked(passphrase, Cost::PASSPHRASE, "KEY_PASSPHRASE".to_owned());
        }
        if let Some(path) = credentials_dir.map(|dir| dir.join("ecash-key-passphrase")).filter(|p| p.exists())
        {
            let passphrase = Zeroizing::new(std::fs::read(&path).map_err(at(&path))?);
            return Self::checked(passphrase, Cost::PASSPHRASE, "systemd credential".to_owned());
        }
        let path = data_dir.join("key-secret");
        if !path.exists() {
            let text = Zeroizing::new(ecash_core::base64url::encode(fresh));
            // Two mints that start on one new data folder must use one passphrase.
            create_file(&path, text.as_bytes()).map_err(at(&path))?;
        }
        let passphrase = Zeroizing::new(std::fs::read(&path).map_err(at(&path))?);
        Self::checked(passphrase, Cost::RANDOM, format!("{} (mode 0600)", path.display()))
    }

    fn checked(passphrase: Zeroizing<Vec<u8>>, cost: Cost, source: String) -> Result<Self, KeyFileError> {
        if (1..=MAX_LEN).contains(&passphrase.len()) && !passphrase.contains(&0) {
            Ok(Self { passphrase, cost, source })
        } else {
            Err(KeyFileError::Passphrase(source))
        }
    }

    /// Rejects a passphrase that is too short for a new file.
    pub(super) fn check_strength(&self) -> Result<(), KeyFileError> {
        if self.passphrase.len() < MIN_LEN {
            return Err(KeyFileError::Passphrase(self.source.clone()));
        }
        Ok(())
    }
}
