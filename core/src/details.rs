//! Sealed order details: a list of what was bought, which the mint cannot read.
//!
//! The mint stores the encrypted details (the box). It cannot open the box, because the key is only in the
//! fragment of the shop's link. It also stores a hash, which the receipt repeats. With the hash, shop and
//! payer can both prove what was bought.

use crate::keys::lp;
use crate::{Amount, is_plain_line};
use chacha20poly1305::aead::{Aead, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Maximum length of the details in bytes, as JSON.
pub const MAX_DETAILS_LEN: usize = 3 << 10;
/// Maximum number of lines.
pub const MAX_LINES: usize = 100;
/// Length of the key in a link, in bytes.
pub const DETAILS_KEY_LEN: usize = 16;

/// What was bought. Each text is one line of plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The lines of the bill.
    #[serde(default)]
    pub lines: Vec<Line>,
    /// Message to the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Name and address of the seller, as an invoice requires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<String>,
}

/// A line of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Name of the item.
    pub text: String,
    /// Number of items.
    #[serde(default = "one")]
    pub quantity: u32,
    /// Price of all items of the line together, in minor units.
    pub amount: Amount,
    /// Included tax as the shop states it, such as `19 %`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<String>,
}

const fn one() -> u32 {
    1
}

/// The key that opens the details of one payment. It is only in the shop's link.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct DetailsKey([u8; DETAILS_KEY_LEN]);

/// Details that a mint can store: the box, and the hash that the receipt repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedDetails {
    /// The details, encrypted with the key.
    pub details_box: Vec<u8>,
    /// `SHA-256("ecash/details/v1" ‖ key ‖ details)`
    pub details_hash: [u8; 32],
}

/// Errors of sealing and opening details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DetailsError {
    /// The link's key does not open the box, or the details do not match the hash.
    #[error("these are not the details of this payment")]
    Wrong,
    /// The box does not contain the JSON of [`Details`], or a text is not one plain line.
    #[error("the details are not well-formed")]
    Malformed,
    /// The lines do not sum to the amount of the payment.
    #[error("the lines of the details do not sum to the amount")]
    OtherAmount,
    /// More than [`MAX_DETAILS_LEN`] bytes or [`MAX_LINES`] lines.
    #[error("the details are too long")]
    TooLong,
}

impl DetailsKey {
    /// Creates a key from random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; DETAILS_KEY_LEN]) -> Self {
        Self(bytes)
    }

    /// Derives the key of an order's details: `HMAC-SHA256(secret, lp(order_ref) ‖ details)[..16]`. A repeated
    /// request for the same payment therefore seals the same box. The secret never reaches the mint.
    #[must_use]
    pub fn derive(secret: &[u8; 32], order_ref: &str, details: &[u8]) -> Self {
        // A MAC takes a key of any length.
        let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret) else { unreachable!() };
        mac.update(&lp(order_ref.as_bytes()));
        mac.update(details);
        let code = mac.finalize().into_bytes();
        let mut key = [0; DETAILS_KEY_LEN];
        key.copy_from_slice(&code[..DETAILS_KEY_LEN]);
        Self(key)
    }

    /// Reads the key of a link: 22 characters of base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        crate::base64url::decode(text)?.try_into().ok().map(Self)
    }

    /// Returns the key for a link.
    #[must_use]
    pub fn to_link(&self) -> String {
        crate::base64url::encode(&self.0)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        let mut hash = Sha256::new_with_prefix(b"ecash/details/key/v1");
        hash.update(self.0);
        ChaCha20Poly1305::new(&Key::from(<[u8; 32]>::from(hash.finalize())))
    }

    fn hash(&self, details: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(b"ecash/details/v1");
        hash.update(self.0);
        hash.update(details);
        hash.finalize().into()
    }

    /// Seals details, which are the bytes of their JSON. Each key seals only one text, so the nonce can be
    /// zero.
    ///
    /// # Errors
    /// [`DetailsError::TooLong`].
    pub fn seal(&self, details: &[u8]) -> Result<SealedDetails, DetailsError> {
        if details.len() > MAX_DETAILS_LEN {
            return Err(DetailsError::TooLong);
        }
        let sealed = self.cipher().encrypt(&Nonce::default(), details).map_err(|_| DetailsError::TooLong)?;
        Ok(SealedDetails { details_box: sealed, details_hash: self.hash(details) })
    }

    /// Opens the details of a payment of this amount.
    ///
    /// # Errors
    /// [`DetailsError`]. Do not show any part of the details then.
    pub fn open(
        &self,
        details_box: &[u8],
        details_hash: &[u8],
        amount: Amount,
    ) -> Result<Details, DetailsError> {
        let details =
            self.cipher().decrypt(&Nonce::default(), details_box).map_err(|_| DetailsError::Wrong)?;
        if !bool::from(self.hash(&details).ct_eq(details_hash)) {
            return Err(DetailsError::Wrong);
        }
        let details: Details = serde_json::from_slice(&details).map_err(|_| DetailsError::Malformed)?;
        details.check(amount)?;
        Ok(details)
    }
}

impl Details {
    /// Checks details before they are sealed or shown. The lines, if any, must sum to the amount, and every
    /// text must be one line.
    ///
    /// # Errors
    /// [`DetailsError::TooLong`], [`DetailsError::Malformed`] or [`DetailsError::OtherAmount`].
    pub fn check(&self, amount: Amount) -> Result<(), DetailsError> {
        if self.lines.len() > MAX_LINES {
            return Err(DetailsError::TooLong);
        }
        let texts = self.lines.iter().flat_map(|line| [Some(&line.text), line.tax.as_ref()]);
        let mut texts = texts.chain([self.note.as_ref(), self.seller.as_ref()]).flatten();
        if !texts.all(|text| is_plain_line(text)) || self.lines.iter().any(|line| line.quantity == 0) {
            return Err(DetailsError::Malformed);
        }
        let sum = Amount::sum(self.lines.iter().map(|line| line.amount));
        match sum {
            Ok(sum) if self.lines.is_empty() || sum == amount => Ok(()),
            _ => Err(DetailsError::OtherAmount),
        }
    }
}

impl fmt::Debug for DetailsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DetailsKey(secret)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn amount(minor: u64) -> Amount {
        Amount::new(minor).unwrap()
    }

    fn sealed(json: &str) -> (DetailsKey, SealedDetails) {
        let key = DetailsKey::derive(&[9; 32], "1042", json.as_bytes());
        let sealed = key.seal(json.as_bytes()).unwrap();
        (key, sealed)
    }

    #[test]
    fn details_are_opened_by_their_key_only() {
        let json = r#"{"lines":[{"text":"Bread","quantity":2,"amount":60},{"text":"Käse","amount":40,"tax":"7 %"}],"note":"Danke"}"#;
        let (key, SealedDetails { details_box, details_hash }) = sealed(json);
        let details = key.open(&details_box, &details_hash, amount(100)).unwrap();
        assert_eq!((details.lines[1].quantity, details.note.as_deref()), (1, Some("Danke")));
        assert_eq!(DetailsKey::parse(&key.to_link()), Some(key.clone()));
        assert_eq!(key.open(&details_box, &details_hash, amount(90)), Err(DetailsError::OtherAmount));
        assert_eq!(key.open(&details_box, &[0; 32], amount(100)), Err(DetailsError::Wrong));
        let other = DetailsKey::new([1; 16]);
        assert_eq!(other.open(&details_box, &details_hash, amount(100)), Err(DetailsError::Wrong));
        for at in 0..details_box.len() {
            let mut changed = details_box.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(&changed, &details_hash, amount(100)), Err(DetailsError::Wrong), "{at}");
        }
        assert_eq!(format!("{key:?}"), "DetailsKey(secret)");
    }

    /// Made by `checkout/server/details.js`.
    #[test]
    fn details_sealed_by_another_implementation_open() {
        let key = DetailsKey::parse("BOJZ4UZGSMvcWFJx3v9syA").unwrap();
        let details_box = crate::base64url::decode(
            "fsdeJ2zOVBXnjAr20LqZnJgoyxF2w75ZLX6XRQXGstU2PuDLHiHWu2ApmIgBZhg9q3O0aV9uwy5fMLc2jvkbbCFYvrE6y-bEGSxNWVIoijxHO6_\
             Ixo1Gf468zWcCwYMU-CINGrJNlPl-7fyEM-pNoXkq5XOstSRthRbJ0pTxsIqX4jZlUm_ALYx2",
        );
        let hash = crate::base64url::decode("lcoc3QuHtPxEpeKRtUl66MRsHCwu_nOEV8ZhBtmdusU").unwrap();
        let details = key.open(&details_box.unwrap(), &hash, amount(100)).unwrap();
        assert_eq!((details.lines[0].quantity, details.lines[1].text.as_str()), (2, "Käse"));
        let secret: [u8; 32] = Sha256::digest([9; 32]).into();
        let plain = serde_json::to_vec(&details).unwrap();
        assert_eq!(DetailsKey::derive(&secret, "1042", &plain), key);
    }

    #[test]
    fn misleading_details_are_rejected() {
        for (json, error) in [
            ("7", DetailsError::Malformed),
            (r#"{"lines":[{"text":"a\u202eb","amount":100}]}"#, DetailsError::Malformed),
            (r#"{"note":"two\nlines"}"#, DetailsError::Malformed),
            (r#"{"lines":[{"text":"a","quantity":0,"amount":100}]}"#, DetailsError::Malformed),
            (
                r#"{"lines":[{"text":"a","amount":9007199254740991},{"text":"b","amount":9007199254740991}]}"#,
                DetailsError::OtherAmount,
            ),
        ] {
            let (key, sealed) = sealed(json);
            assert_eq!(
                key.open(&sealed.details_box, &sealed.details_hash, amount(100)),
                Err(error),
                "{json}"
            );
        }
        let (key, sealed) = sealed("{}");
        assert_eq!(key.open(&sealed.details_box, &sealed.details_hash, amount(1)), Ok(Details::default()));
        assert_eq!(key.seal(&[b' '; MAX_DETAILS_LEN + 1]), Err(DetailsError::TooLong));
    }
}
