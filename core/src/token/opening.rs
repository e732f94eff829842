//! The opening of a token: how it was blinded, which shows that the mint signed it.
//!
//! A signature proves that the mint issued a token only while nobody else has the private key. Once it is stolen, the thief
//! signs messages too. The mint keeps the hash of each blinded token that it has signed, and a thief does not know those of other
//! people. For outputs that were issued to the thief, also spent ones, `r = (blinded · EM^-1)^d` opens any new message, so the
//! ledger also bounds what is swapped of a key by what was in circulation.
//!
//! An opening lets the mint compute the blinded token of a token again, and so recognize its own.
//!
//! An opening links the token to the request that issued it, so a wallet shows one only for a token of a revoked keyset,
//! and only when the person asks for it.

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
    /// Derives the opening of an output again, and its token's message.
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

    /// Computes the hash of the blinded token that this opening claims for a token (RFC 9474 §4.2, Blind). The caller checks
    /// the token's signature, and that the mint has signed this blinded token.
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
