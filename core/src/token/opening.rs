//! The opening of a token: the values with which it was blinded. They show that the mint signed it.
//!
//! A signature proves that the mint issued a token only while the private key is secret. A thief of the key
//! can sign messages too. The mint keeps the hash of each blinded token that it has signed, and a thief does
//! not know the blinded tokens of other people. A thief can reuse outputs that were issued to it, even spent
//! ones, because `r = (blinded · EM^-1)^d` opens any new message. The ledger therefore also limits the value
//! swapped for a key to what was in circulation.
//!
//! With an opening, the mint can recompute the blinded token of a token, and check that it signed it.
//!
//! An opening links the token to the request that issued it, so a wallet reveals one only for a token of a
//! revoked keyset, and only at the user's request.

use super::{BlindedHash, OutputName, Token, TokenKind, TokenMessage};
use crate::base64url::Base64Url;
use crate::keys::DenominationKey;
use crate::rsabssa::{self, BlindingFactor, EncodedMessage, Error};
use crate::seed::Seed;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The salt and blinding factor of a token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Opening {
    /// The PSS salt: 48 bytes.
    pub salt: Base64Url,
    /// The blinding factor r: k bytes.
    pub r: Base64Url,
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(secret)")
    }
}

impl Opening {
    /// Derives the opening of an output again.
    ///
    /// # Errors
    /// [`Error`], with negligible probability: the output could not be derived.
    pub fn derive(seed: &Seed, key: &DenominationKey, name: OutputName) -> Result<Self, Error> {
        let mut outputs = super::PendingOutputs::new(key);
        outputs.push(seed, name)?;
        let inverted = outputs.invert(seed)?;
        let output = inverted.outputs().first().ok_or(Error::OutOfRange)?;
        let salt = seed.salt(&key.key_id, name);
        Ok(Self { salt: salt.as_slice().into(), r: output.blinding_factor().as_bytes().into() })
    }

    /// Computes the hash of the blinded token that this opening claims for a token (RFC 9474 §4.2, Blind).
    /// The caller must check the token's signature, and that the mint has signed this blinded token.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for values of another length, or a blinded token that no mint signs.
    pub fn blinded_hash(&self, key: &DenominationKey, token: &Token) -> Result<BlindedHash, Error> {
        let TokenKind::Bearer = token.kind;
        let message = TokenMessage::of(token.kind, &key.key_id, &token.serial).prepared();
        let message = EncodedMessage::new(&key.public, &message, self.salt.as_bytes())?;
        let r = BlindingFactor::from_bytes(&key.public, self.r.as_bytes())?;
        let blinded = rsabssa::blind(&key.public, &message, &r)?;
        Ok(BlindedHash::of(blinded.as_bytes()))
    }
}
