//! All keysets of the ledger, found by key id, denomination and time.

use super::TokenVerifier;
use ecash_core::keys::{DenominationKey, KeyId, Keyset, Phase};
use ecash_core::{Denomination, KeysetId, Timestamp};
use ecash_ledger::StoredKeyset;
use std::collections::HashMap;

/// A key, its keyset, and what verifies its tokens.
#[derive(Clone, Copy)]
pub struct KeyEntry<'k> {
    /// The keyset.
    pub keyset: &'k Keyset,
    /// The key.
    pub key: &'k DenominationKey,
    /// Verifies its tokens.
    pub verifier: &'k TokenVerifier,
    ended: bool,
}

impl KeyEntry<'_> {
    /// The keyset's phase; an ended epoch stays ended whatever the clock says.
    #[must_use]
    pub fn phase(&self, now: Timestamp) -> Phase {
        if self.ended { Phase::Ended } else { self.keyset.dates.phase(now) }
    }
}

/// The keysets at one moment; replaced whole when they change.
pub struct Keyring {
    keysets: Vec<StoredKeyset>,
    by_key_id: HashMap<KeyId, (usize, usize, TokenVerifier)>,
}

impl Keyring {
    /// Indexes keysets, oldest first.
    ///
    /// # Errors
    /// OpenSSL's, if a stored key is not valid.
    pub fn new(keysets: Vec<StoredKeyset>) -> Result<Self, openssl::error::ErrorStack> {
        let mut by_key_id = HashMap::new();
        for (keyset_index, stored) in keysets.iter().enumerate() {
            for (key_index, key) in stored.keyset.keys.iter().enumerate() {
                by_key_id.insert(key.key_id, (keyset_index, key_index, TokenVerifier::new(key)?));
            }
        }
        Ok(Self { keysets, by_key_id })
    }

    /// All keysets, oldest first.
    #[must_use]
    pub fn keysets(&self) -> &[StoredKeyset] {
        &self.keysets
    }

    /// The keyset of this name.
    #[must_use]
    pub fn keyset(&self, keyset_id: &KeysetId) -> Option<&StoredKeyset> {
        self.keysets.iter().find(|stored| stored.keyset.keyset_id == *keyset_id)
    }

    /// The keyset that issues now.
    #[must_use]
    pub fn issuing(&self, now: Timestamp) -> Option<&StoredKeyset> {
        self.keysets
            .iter()
            .rev()
            .find(|stored| !stored.ended && stored.keyset.dates.phase(now) == Phase::Issuing)
    }

    /// The key of this id.
    #[must_use]
    pub fn key(&self, key_id: &KeyId) -> Option<KeyEntry<'_>> {
        let (keyset_index, key_index, verifier) = self.by_key_id.get(key_id)?;
        let stored = self.keysets.get(*keyset_index)?;
        let key = stored.keyset.keys.get(*key_index)?;
        Some(KeyEntry { keyset: &stored.keyset, key, verifier, ended: stored.ended })
    }

    /// Every key of a denomination, newest first.
    pub fn keys_of(&self, denomination: Denomination) -> impl Iterator<Item = KeyEntry<'_>> {
        self.keysets
            .iter()
            .rev()
            .filter_map(move |stored| self.key(&stored.keyset.key_of(denomination)?.key_id))
    }
}
