//! Verifying tokens with OpenSSL: RSASSA-PSS, SHA-384, 48-byte salt. Four times as fast as portable
//! arithmetic; a test holds it against `core`'s verification.

use ecash_core::keys::{DenominationKey, KeyId};
use ecash_core::token::{Token, TokenMessage};
use ecash_core::{Denomination, KeysetId};
use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Verifier};

const SALT_LEN: i32 = 48;

/// Verifies the tokens of one key.
pub struct TokenVerifier {
    key: PKey<Public>,
    k: usize,
    key_id: KeyId,
    denomination: Denomination,
}

/// A token whose signature was verified; only [`TokenVerifier::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    keyset_id: KeysetId,
    key_id: KeyId,
    message: TokenMessage,
    denomination: Denomination,
}

impl VerifiedToken {
    /// The keyset of its key.
    #[must_use]
    pub const fn keyset_id(&self) -> &KeysetId {
        &self.keyset_id
    }

    /// Its key.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Its spent id.
    #[must_use]
    pub const fn spent_id(&self) -> TokenMessage {
        self.message
    }

    /// Its value.
    #[must_use]
    pub const fn denomination(&self) -> Denomination {
        self.denomination
    }
}

impl TokenVerifier {
    pub(super) fn new(key: &DenominationKey) -> Result<Self, ErrorStack> {
        let n = BigNum::from_slice(key.public.n())?;
        let e = BigNum::from_u32(ecash_core::rsabssa::E)?;
        let rsa = Rsa::from_public_components(n, e)?;
        Ok(Self {
            key: PKey::from_rsa(rsa)?,
            k: key.public.k(),
            key_id: key.key_id,
            denomination: key.denomination,
        })
    }

    /// Verifies a token of this key; `None` if its signature is bad, or it is of another key.
    #[must_use]
    pub fn verify(&self, keyset_id: &KeysetId, token: &Token) -> Option<VerifiedToken> {
        let message = token.message();
        let valid = token.key_id == self.key_id
            && token.signature.len() == self.k
            // OpenSSL reports a number above n as an error: just as invalid.
            && self.signature_is_valid(&message, &token.signature).unwrap_or(false);
        valid.then(|| VerifiedToken {
            keyset_id: keyset_id.clone(),
            key_id: self.key_id,
            message,
            denomination: self.denomination,
        })
    }

    fn signature_is_valid(&self, message: &TokenMessage, signature: &[u8]) -> Result<bool, ErrorStack> {
        let mut verifier = Verifier::new(MessageDigest::sha384(), &self.key)?;
        verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(SALT_LEN))?;
        verifier.set_rsa_mgf1_md(MessageDigest::sha384())?;
        verifier.verify_oneshot(signature, message.as_bytes())
    }
}
