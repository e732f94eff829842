//! An index of all keysets of the ledger, by key id, denomination and time.

use super::TokenVerifier;
use ecash_core::keys::{DenominationKey, KeyId, Keyset, Phase};
use ecash_core::{Denomination, KeysetId, Timestamp};
use ecash_ledger::StoredKeyset;
use std::collections::HashMap;

/// A key with its keyset and verifier.
#[derive(Clone, Copy)]
pub struct KeyEntry<'k> {
    /// The keyset that contains the key.
    pub keyset: &'k Keyset,
    /// The key of one denomination.
    pub key: &'k DenominationKey,
    /// Verifies tokens of this key.
    pub verifier: &'k TokenVerifier,
    ended: bool,
}

impl KeyEntry<'_> {
    /// Returns the keyset's phase. An ended keyset stays ended, whatever the clock says.
    #[must_use]
    pub fn phase(&self, now: Timestamp) -> Phase {
        if self.ended { Phase::Ended } else { self.keyset.phase(now) }
    }
}

/// An immutable snapshot of all keysets. Replaced as a whole when they change.
pub struct Keyring {
    keysets: Vec<StoredKeyset>,
    by_key_id: HashMap<KeyId, (usize, usize, TokenVerifier)>,
}

impl Keyring {
    /// Indexes keysets, which must be sorted, oldest first.
    ///
    /// # Errors
    /// OpenSSL's error, if a stored key is not valid.
    pub fn new(keysets: Vec<StoredKeyset>) -> Result<Self, openssl::error::ErrorStack> {
        let mut by_key_id = HashMap::new();
        for (keyset_index, stored) in keysets.iter().enumerate() {
            for (key_index, key) in stored.keyset.keys.iter().enumerate() {
                by_key_id.insert(key.key_id, (keyset_index, key_index, TokenVerifier::new(key)?));
            }
        }
        Ok(Self { keysets, by_key_id })
    }

    /// Returns all keysets, oldest first.
    #[must_use]
    pub fn keysets(&self) -> &[StoredKeyset] {
        &self.keysets
    }

    /// Returns the keyset with this id.
    #[must_use]
    pub fn keyset(&self, keyset_id: &KeysetId) -> Option<&StoredKeyset> {
        self.keysets.iter().find(|stored| stored.keyset.keyset_id == *keyset_id)
    }

    /// Returns the newest keyset that issues at `now`.
    #[must_use]
    pub fn issuing(&self, now: Timestamp) -> Option<&StoredKeyset> {
        self.keysets.iter().rev().find(|stored| !stored.ended && stored.keyset.phase(now) == Phase::Issuing)
    }

    /// Returns the key with this id.
    #[must_use]
    pub fn key(&self, key_id: &KeyId) -> Option<KeyEntry<'_>> {
        let (keyset_index, key_index, verifier) = self.by_key_id.get(key_id)?;
        let stored = self.keysets.get(*keyset_index)?;
        let key = stored.keyset.keys.get(*key_index)?;
        Some(KeyEntry { keyset: &stored.keyset, key, verifier, ended: stored.ended })
    }

    /// Returns the keys of a denomination whose tokens are redeemable at `now`, newest first.
    pub fn redeemable_keys_of(
        &self,
        denomination: Denomination,
        now: Timestamp,
    ) -> impl Iterator<Item = KeyEntry<'_>> {
        self.keys_of(denomination).filter(move |entry| entry.phase(now).redeems())
    }

    /// Returns the keys of a denomination, newest first.
    pub fn keys_of(&self, denomination: Denomination) -> impl Iterator<Item = KeyEntry<'_>> {
        self.keysets
            .iter()
            .rev()
            .filter_map(move |stored| self.key(&stored.keyset.key_of(denomination)?.key_id))
    }
}
