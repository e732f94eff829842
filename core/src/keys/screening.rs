//! What a wallet checks before it uses a key for the first time.

use super::{DenominationKey, KeyId, Keyset, verify_proof};
use crate::rsabssa::Width;

/// Which widths are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPolicy {
    /// RSA-3072 only: what every wallet uses.
    Real,
    /// Also the narrow keys of tests. Anyone can forge such tokens.
    DangerousTestKeys,
}

/// Why a key must not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScreeningError {
    /// Not exactly 3072 bits.
    #[error("key {0} does not have 3072 bits")]
    Width(KeyId),
    /// A prime factor below 2^16.
    #[error("key {0} has a small factor")]
    SmallFactor(KeyId),
    /// Its factors are too close to each other.
    #[error("key {0} has factors too close to each other")]
    NearSquare(KeyId),
    /// The proof that e fits the key is missing or wrong.
    #[error("key {0} has no valid key proof")]
    Proof(KeyId),
}

const FERMAT_ROUNDS: u32 = 100;

/// A keyset whose every key passed [`screen_key`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenedKeyset(Keyset);

impl ScreenedKeyset {
    /// The keyset.
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

/// A key that passed its screening; made by [`screen_key`] only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScreenedKey(KeyId);

/// Screens one key: some 20 ms in a browser, so that a page can pause between keys.
///
/// # Errors
/// [`ScreeningError`]; the whole keyset must not be used.
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

/// Screens a whole keyset, or takes the proofs that its keys were screened one by one.
///
/// # Errors
/// The first [`ScreeningError`].
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
