//! Keysets: the denomination keys of one epoch.

use super::{Dates, KeyDescriptor, KeyId, KeyInfo, KeysetInfo, KeysetStatus, Phase};
use crate::rsabssa::{Error, PublicKey};
use crate::{Currency, Denomination, InstitutionId, KeysetId, Timestamp};

/// A denomination key with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenominationKey {
    /// Hash of the fields below and of the keyset's institution, currency and dates.
    pub key_id: KeyId,
    /// Value of every token of this key.
    pub denomination: Denomination,
    /// RSA public key that verifies the tokens.
    pub public: PublicKey,
    /// Roots of the key proof, k bytes each. Empty if they were not fetched.
    pub proof: Vec<Vec<u8>>,
}

/// The denomination keys of one epoch of one institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyset {
    /// Name of the keyset at the mint.
    pub keyset_id: KeysetId,
    /// Institution that issues with these keys.
    pub institution_id: InstitutionId,
    /// Currency of all denominations.
    pub currency: Currency,
    /// When the keyset issues, and until when its tokens can be redeemed and swapped.
    pub dates: Dates,
    /// Keys by ascending denomination, one for each; never empty.
    pub keys: Vec<DenominationKey>,
    /// Whether the mint has stopped or revoked the keyset.
    pub status: KeysetStatus,
    /// The stopped keyset that this one replaces.
    pub replaces: Option<KeysetId>,
}

/// Errors of [`Keyset::new`] and [`Keyset::from_wire`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysetError {
    /// A key is not a valid RSA public key.
    #[error("a key of the keyset is malformed")]
    Key(#[source] Error),
    /// A published key id is not the hash of its key.
    #[error("a key id does not match its key")]
    KeyIdMismatch,
    /// The four dates are not strictly ascending.
    #[error("the dates of the keyset are not in order")]
    Dates,
    /// The keyset has no key, or two keys with the same denomination or modulus.
    #[error("a keyset needs at least one key, and a different key for each denomination")]
    Denominations,
}

impl Keyset {
    /// Creates a keyset from public keys and their proofs, and computes the key ids.
    ///
    /// # Errors
    /// Returns [`KeysetError::Denominations`] without keys or with two keys of the same denomination or
    /// modulus, and [`KeysetError::Dates`] if the dates are not strictly ascending.
    pub fn new(
        keyset_id: KeysetId,
        institution_id: InstitutionId,
        currency: Currency,
        dates: Dates,
        keys: Vec<(Denomination, PublicKey, Vec<Vec<u8>>)>,
    ) -> Result<Self, KeysetError> {
        let keys = keys
            .into_iter()
            .map(|(denomination, public, proof)| {
                let descriptor = KeyDescriptor {
                    institution_id: &institution_id,
                    currency: &currency,
                    denomination,
                    public: &public,
                    dates,
                };
                DenominationKey { key_id: descriptor.key_id(), denomination, public, proof }
            })
            .collect();
        let (status, replaces) = (KeysetStatus::Live, None);
        Self { keyset_id, institution_id, currency, dates, keys, status, replaces }.checked()
    }

    /// Parses an untrusted keyset from the wire. Recomputes every key id, because the published ids could
    /// name keys of another value. Does not check the keys themselves; [`screen`](super::screen) does.
    ///
    /// # Errors
    /// Returns [`KeysetError`] if a key is malformed, a key id does not match, or [`Keyset::new`] fails. Do
    /// not use the keyset then.
    pub fn from_wire(
        institution_id: &InstitutionId,
        currency: &Currency,
        keyset: &KeysetInfo,
    ) -> Result<Self, KeysetError> {
        let keys = keyset
            .keys
            .iter()
            .map(|key| {
                let public = PublicKey::new(key.n.as_bytes(), key.e).map_err(KeysetError::Key)?;
                Ok((key.denomination, public, key.proof.iter().map(|root| root.0.clone()).collect()))
            })
            .collect::<Result<_, _>>()?;
        let mut parsed = Self::new(
            keyset.keyset_id.clone(),
            institution_id.clone(),
            currency.clone(),
            keyset.dates,
            keys,
        )?;
        parsed.status = keyset.status;
        parsed.replaces.clone_from(&keyset.replaces);
        // The published keys may be in any order. No two of the parsed ones have the same denomination.
        let is_recomputed = |key: &KeyInfo| {
            parsed.key_of(key.denomination).is_some_and(|recomputed| recomputed.key_id == key.key_id)
        };
        if keyset.keys.iter().all(is_recomputed) { Ok(parsed) } else { Err(KeysetError::KeyIdMismatch) }
    }

    /// Sorts the keys by denomination and checks the keyset.
    fn checked(mut self) -> Result<Self, KeysetError> {
        self.keys.sort_by_key(|key| key.denomination);
        let is_repeated = |(index, key): (usize, &DenominationKey)| {
            let mut before = self.keys.iter().take(index);
            before.any(|other| other.denomination == key.denomination || other.public.n() == key.public.n())
        };
        if self.keys.is_empty() || self.keys.iter().enumerate().any(is_repeated) {
            return Err(KeysetError::Denominations);
        }
        if self.dates.in_order() { Ok(self) } else { Err(KeysetError::Dates) }
    }

    /// Returns the phase at `now`, by the dates and the mint's decisions.
    #[must_use]
    pub fn phase(&self, now: Timestamp) -> Phase {
        self.status.phase(self.dates.phase(now))
    }

    /// Returns the denominations, ascending.
    #[must_use]
    pub fn denominations(&self) -> Vec<Denomination> {
        self.keys.iter().map(|key| key.denomination).collect()
    }

    /// Returns the key with this id.
    #[must_use]
    pub fn key(&self, key_id: &KeyId) -> Option<&DenominationKey> {
        self.keys.iter().find(|key| key.key_id == *key_id)
    }

    /// Returns the key of this denomination.
    #[must_use]
    pub fn key_of(&self, denomination: Denomination) -> Option<&DenominationKey> {
        self.keys.iter().find(|key| key.denomination == denomination)
    }

    /// Converts the keyset to its wire form. Proofs are long, so lists of keysets leave them out.
    #[must_use]
    pub fn to_wire(&self, with_proof: bool) -> KeysetInfo {
        let keys = self
            .keys
            .iter()
            .map(|key| KeyInfo {
                key_id: key.key_id,
                denomination: key.denomination,
                n: key.public.n().into(),
                e: crate::rsabssa::E,
                proof: if with_proof {
                    key.proof.iter().map(|root| root.as_slice().into()).collect()
                } else {
                    Vec::new()
                },
            })
            .collect();
        KeysetInfo {
            keyset_id: self.keyset_id.clone(),
            dates: self.dates,
            keys,
            status: self.status,
            replaces: self.replaces.clone(),
        }
    }
}
