//! The keys that sign receipts. Each key is signed by its predecessor.

use crate::base64url::{Base64Url, bytes_32};
use crate::keys::lp;
use crate::{Currency, InstitutionId, Timestamp};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

bytes_32! {
    /// Identifies a receipt key: SHA-256 over the institution, the currency and the public key.
    ReceiptKeyId
}

impl fmt::Debug for ReceiptKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceiptKeyId({self})")
    }
}

impl fmt::Display for ReceiptKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::base64url::encode(&self.0))
    }
}

impl ReceiptKeyId {
    /// Computes `SHA-256("ecash/receipt-key/v1" ‖ lp(institution) ‖ lp(currency) ‖ u8 exponent ‖ public
    /// key)`.
    #[must_use]
    pub fn of(institution_id: &InstitutionId, currency: &Currency, public_key: &[u8; 32]) -> Self {
        let hash = Sha256::new_with_prefix(b"ecash/receipt-key/v1")
            .chain_update(lp(institution_id.as_str().as_bytes()))
            .chain_update(lp(currency.code.as_str().as_bytes()))
            .chain_update([currency.exponent])
            .chain_update(public_key);
        Self::new(hash.finalize().into())
    }
}

/// A public key that signs receipts, as `GET /api/v1/keys` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiptKey {
    /// Ed25519 public key: 32 bytes.
    pub public_key: Base64Url,
    /// Time of the first receipt that the key may sign, rounded down to the minute.
    pub from: Timestamp,
    /// The key signs no receipt from this time on. Absent for the newest key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Signature of the previous key over this one: 64 bytes. Absent for the first key, and for one whose
    /// predecessor was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_previous: Option<Base64Url>,
}

impl ReceiptKey {
    /// Returns the id of the key at a mint; `None` if the public key does not have 32 bytes.
    #[must_use]
    pub fn id(&self, institution_id: &InstitutionId, currency: &Currency) -> Option<ReceiptKeyId> {
        let public_key = self.public_key.as_bytes().try_into().ok()?;
        Some(ReceiptKeyId::of(institution_id, currency, public_key))
    }

    /// Returns whether the key may sign a receipt of this time.
    pub(super) fn is_current_at(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    /// Verifies strictly: rejects signatures and keys that only some implementations accept.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = <&[u8; 32]>::try_from(self.public_key.as_bytes()).ok();
        let key = key.and_then(|key| VerifyingKey::from_bytes(key).ok());
        let signature = Signature::from_slice(signature).ok();
        key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(message, &signature).is_ok())
    }
}

/// Returns the message that a key signs to certify its successor: `"ecash/receipt-key/next/v1" ‖ id of the
/// successor`.
#[must_use]
pub fn successor_message(successor: &ReceiptKeyId) -> Vec<u8> {
    [b"ecash/receipt-key/next/v1".as_slice(), successor.as_bytes()].concat()
}

/// Returns whether a mint's published keys begin with those known before, and each further key is signed by
/// its predecessor. A client that has seen the first key can thus verify all later ones, and no other key can
/// be inserted. Returns true if no key is known yet.
#[must_use]
pub fn check_chain(
    institution_id: &InstitutionId,
    currency: &Currency,
    known: &[ReceiptKey],
    published: &[ReceiptKey],
) -> bool {
    if known.is_empty() {
        return true;
    }
    let begins_with_known = published.len() >= known.len()
        && known.iter().zip(published).all(|(known, listed)| known.public_key == listed.public_key);
    let vouched = |pair: &[ReceiptKey]| {
        let [previous, next] = pair else { return false };
        let id = next.id(institution_id, currency);
        id.zip(next.by_previous.as_ref())
            .is_some_and(|(id, signature)| previous.verifies(&successor_message(&id), signature.as_bytes()))
    };
    let pairs = published.windows(2).skip(known.len() - 1);
    begins_with_known && pairs.into_iter().all(vouched)
}
