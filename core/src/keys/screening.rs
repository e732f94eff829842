//! Screening: the checks that a wallet makes before it uses a key for the first time.

use super::{DenominationKey, KeyId, Keyset, verify_proof};
use crate::rsabssa::Width;

/// Which key widths a wallet accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPolicy {
    /// RSA-3072 only. Every real wallet uses this policy.
    Real,
    /// Also the narrow keys of tests, whose tokens anyone can forge.
    DangerousTestKeys,
}

/// Errors of [`screen_key`]. Neither the key nor the rest of its keyset may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScreeningError {
    /// The key does not have exactly 3072 bits.
    #[error("key {0} does not have 3072 bits")]
    Width(KeyId),
    /// The modulus has a prime factor below 2^16.
    #[error("key {0} has a small factor")]
    SmallFactor(KeyId),
    /// The factors are so close together that Fermat's method finds them in 100 rounds.
    #[error("the factors of key {0} are too close together")]
    NearSquare(KeyId),
    /// The key proof is missing or wrong.
    #[error("key {0} has no valid key proof")]
    Proof(KeyId),
}

const FERMAT_ROUNDS: u32 = 100;

/// A keyset whose every key passed [`screen_key`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenedKeyset(Keyset);

impl ScreenedKeyset {
    /// Returns the keyset.
    #[must_use]
    pub const fn keyset(&self) -> &Keyset {
        &self.0
    }
}

impl std::ops::Deref for ScreenedKeyset {
    type Target = Keyset;
    fn deref(&self) -> &Keyset {
        &self.0
    }
}

/// Proof that a key passed its screening; only [`screen_key`] creates one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScreenedKey(KeyId);

/// Screens one key. Takes about 20 ms in a browser; a page can stay responsive by yielding between keys.
///
/// # Errors
/// Returns the first check that failed, as [`ScreeningError`]. Do not use the keyset then.
pub fn screen_key(key: &DenominationKey, policy: KeyPolicy) -> Result<ScreenedKey, ScreeningError> {
    let width_accepted = match policy {
        KeyPolicy::Real => key.public.width() == Width::Real3072,
        KeyPolicy::DangerousTestKeys => true,
    };
    if !width_accepted {
        return Err(ScreeningError::Width(key.key_id));
    }
    if key.public.has_small_factor() {
        return Err(ScreeningError::SmallFactor(key.key_id));
    }
    if key.public.is_near_square(FERMAT_ROUNDS) {
        return Err(ScreeningError::NearSquare(key.key_id));
    }
    if !verify_proof(&key.public, &key.key_id, &key.proof) {
        return Err(ScreeningError::Proof(key.key_id));
    }
    Ok(ScreenedKey(key.key_id))
}

/// Screens a whole keyset, except the keys that `screened` proves were screened before.
///
/// # Errors
/// Returns the [`ScreeningError`] of the first key that fails.
pub fn screen(
    keyset: Keyset,
    policy: KeyPolicy,
    screened: &[ScreenedKey],
) -> Result<ScreenedKeyset, ScreeningError> {
    for key in keyset.keys.iter().filter(|key| !screened.contains(&ScreenedKey(key.key_id))) {
        screen_key(key, policy)?;
    }
    Ok(ScreenedKeyset(keyset))
}
