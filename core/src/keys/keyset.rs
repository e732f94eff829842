//! A keyset: the denomination keys of one epoch.

use super::{Dates, KeyDescriptor, KeyId};
use crate::rsabssa::{Error, PublicKey};
use crate::wire;
use crate::{Currency, Denomination, InstitutionId, KeysetId};

/// A denomination key with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenominationKey {
    /// Its name: the hash of all below and of the keyset's institution, currency and dates.
    pub key_id: KeyId,
    /// What a token of this key is worth.
    pub denomination: Denomination,
    /// The RSA key.
    pub public: PublicKey,
    /// The roots that prove the key a permutation, k bytes each; empty where not fetched.
    pub proof: Vec<Vec<u8>>,
}

/// The denomination keys of one epoch of one institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyset {
    /// Its name at the mint.
    pub keyset_id: KeysetId,
    /// The institution.
    pub institution_id: InstitutionId,
    /// The currency.
    pub currency: Currency,
    /// When it issues, redeems and swaps.
    pub dates: Dates,
    /// The keys, by rising denomination.
    pub keys: Vec<DenominationKey>,
}

/// Why a published keyset is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysetError {
    /// A key is malformed.
    #[error("a key of the keyset is malformed")]
    Key(#[source] Error),
    /// The published key id is not the hash of the key.
    #[error("a key id does not match its key")]
    KeyIdMismatch,
    /// The dates are not in order.
    #[error("the dates of the keyset are not in order")]
    Dates,
    /// No key, or two of one denomination.
    #[error("a keyset needs one key for each denomination, at least one")]
    Denominations,
}

impl Keyset {
    /// Builds a keyset from fresh public keys, computing the key ids.
    ///
    /// # Errors
    /// [`KeysetError::Dates`] or [`KeysetError::Denominations`].
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
        Self { keyset_id, institution_id, currency, dates, keys }.checked()
    }

    /// Reads a keyset from the wire, recomputing every key id.
    ///
    /// # Errors
    /// [`KeysetError`]; the keyset must not be used.
    pub fn from_wire(
        institution_id: &InstitutionId,
        currency: &Currency,
        keyset: &wire::KeysetInfo,
    ) -> Result<Self, KeysetError> {
        let keys = keyset
            .keys
            .iter()
            .map(|key| {
                let public = PublicKey::new(key.n.as_bytes(), key.e).map_err(KeysetError::Key)?;
                Ok((key.denomination, public, key.proof.iter().map(|root| root.0.clone()).collect()))
            })
            .collect::<Result<_, _>>()?;
        let parsed = Self::new(
            keyset.keyset_id.clone(),
            institution_id.clone(),
            currency.clone(),
            keyset.dates,
            keys,
        )?;
        let mut published: Vec<_> = keyset.keys.iter().map(|key| (key.denomination, key.key_id)).collect();
        published.sort_unstable();
        let recomputed: Vec<_> = parsed.keys.iter().map(|key| (key.denomination, key.key_id)).collect();
        if published == recomputed { Ok(parsed) } else { Err(KeysetError::KeyIdMismatch) }
    }

    fn checked(mut self) -> Result<Self, KeysetError> {
        self.keys.sort_by_key(|key| key.denomination);
        let distinct = self.keys.windows(2).all(|pair| match pair {
            [a, b] => a.denomination != b.denomination && a.public != b.public,
            _ => true,
        });
        if self.keys.is_empty() || !distinct {
            return Err(KeysetError::Denominations);
        }
        if self.dates.in_order() { Ok(self) } else { Err(KeysetError::Dates) }
    }

    /// The key of this name.
    #[must_use]
    pub fn key(&self, key_id: &KeyId) -> Option<&DenominationKey> {
        self.keys.iter().find(|key| key.key_id == *key_id)
    }

    /// The key of this denomination.
    #[must_use]
    pub fn key_of(&self, denomination: Denomination) -> Option<&DenominationKey> {
        self.keys.iter().find(|key| key.denomination == denomination)
    }

    /// Its form on the wire.
    #[must_use]
    pub fn to_wire(&self, with_proof: bool) -> wire::KeysetInfo {
        let keys = self
            .keys
            .iter()
            .map(|key| wire::KeyInfo {
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
        wire::KeysetInfo { keyset_id: self.keyset_id.clone(), dates: self.dates, keys }
    }
}
