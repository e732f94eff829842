//! The lock: a passphrase that the user must enter before the wallet opens on this device.
//!
//! A locked wallet stores its data key sealed twice: under a key stretched from the passphrase, and under a
//! key derived from the recovery phrase. A user who forgets the passphrase can therefore open everything with
//! the recovery phrase, including pending operations.

use crate::device::{Device, StretchCost, StretchError};
use crate::seal::DataKey;
use ecash_core::base64url::Base64Url;
use ecash_core::seed::Seed;
use serde::{Deserialize, Serialize};

const BY_PASSPHRASE: &str = "lock/passphrase";
const BY_WORDS: &str = "lock/words";
/// The minimum length of a passphrase, in characters. Stretching only makes each guess cost about a second.
pub const MIN_PASSPHRASE_CHARS: usize = 8;

/// The secret that opens a locked wallet.
#[derive(Clone, Copy)]
pub enum Unlock<'a> {
    /// The passphrase.
    Passphrase(&'a str),
    /// The recovery phrase. Opening with it removes the lock.
    Words(&'a str),
}

/// The wallet's data key as a locked wallet stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lock {
    cost: StretchCost,
    /// 16 random bytes.
    salt: Base64Url,
    /// The data key, sealed under the stretched passphrase.
    by_passphrase: Base64Url,
    /// The data key, sealed under [`Seed::lock_key`].
    by_words: Base64Url,
}

/// Errors of [`Lock::new`].
pub(crate) enum LockError {
    /// The device returned no random bytes.
    Entropy,
    /// The device could not stretch the passphrase.
    Stretch(StretchError),
}

impl Lock {
    /// Seals a data key under a passphrase and under the recovery phrase.
    pub(crate) async fn new(
        device: &impl Device,
        data_key: &DataKey,
        passphrase: &str,
        seed: &Seed,
    ) -> Result<Self, LockError> {
        let mut salt = [0; 16];
        device.fill_random(&mut salt).map_err(|_| LockError::Entropy)?;
        let cost = StretchCost::RECOMMENDED;
        let stretched = device.stretch(passphrase, &salt, cost).await.map_err(LockError::Stretch)?;
        let seal = |key: DataKey, name| {
            let sealed = key.seal(device, name, data_key.as_bytes());
            sealed.map(Base64Url).map_err(|_| LockError::Entropy)
        };
        Ok(Self {
            cost,
            salt: salt.as_slice().into(),
            by_passphrase: seal(DataKey::new(stretched), BY_PASSPHRASE)?,
            by_words: seal(DataKey::new(seed.lock_key()), BY_WORDS)?,
        })
    }

    /// Opens the data key with a passphrase. Returns `None` if it is wrong.
    pub(crate) async fn open_with_passphrase(
        &self,
        device: &impl Device,
        passphrase: &str,
    ) -> Result<Option<DataKey>, StretchError> {
        // A manipulated store must not make this device compute for hours.
        let Ok(salt) = <[u8; 16]>::try_from(self.salt.as_bytes()) else { return Ok(None) };
        if !self.cost.is_acceptable() {
            return Err(StretchError::TooCostly);
        }
        let stretched = device.stretch(passphrase, &salt, self.cost).await?;
        Ok(opened(&DataKey::new(stretched), BY_PASSPHRASE, &self.by_passphrase))
    }

    /// Opens the data key with the seed of the recovery phrase. Returns `None` if it belongs to another
    /// wallet.
    pub(crate) fn open_with_words(&self, seed: &Seed) -> Option<DataKey> {
        opened(&DataKey::new(seed.lock_key()), BY_WORDS, &self.by_words)
    }
}

fn opened(key: &DataKey, name: &str, sealed: &Base64Url) -> Option<DataKey> {
    DataKey::from_slice(&key.open(name, sealed.as_bytes())?)
}
