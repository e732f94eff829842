//! Tokens and token messages (protocol §3).

use crate::base64url::bytes_32;
use crate::keys::{DenominationKey, KeyId};
use crate::rsabssa::{Error, PreparedMessage, PssDeterministic, Signature, verify};
use crate::serial::Serial;
use sha2::{Digest, Sha256};
use std::fmt;

bytes_32! {
    /// The signed message of a token, which is also its spent id:
    /// `SHA-256("ecash/token/v1" ‖ 0x00 ‖ u8 kind ‖ key_id ‖ serial)`.
    TokenMessage
}

impl fmt::Debug for TokenMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenMessage(secret)")
    }
}

bytes_32! {
    /// SHA-256 of a blinded token, by which the mint finds the signature that it issued.
    BlindedHash
}

impl BlindedHash {
    /// Hashes a blinded token of k bytes.
    #[must_use]
    pub fn of(blinded_token: &[u8]) -> Self {
        Self::new(Sha256::digest(blinded_token).into())
    }
}

impl fmt::Debug for BlindedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlindedHash({})", crate::base64url::encode(self.as_bytes()))
    }
}

/// The kind of a token. It is part of the signed message, so that a token of another kind, such as a locked
/// one, never passes as a bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Kind 0: anyone who holds the token can spend it.
    Bearer,
}

/// A kind byte that this version does not define.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("token kind {0} is not supported")]
pub struct UnsupportedKind(pub u8);

impl TokenKind {
    /// Returns the byte that stands for this kind in the signed message.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Bearer => 0,
        }
    }
}

impl TryFrom<u8> for TokenKind {
    type Error = UnsupportedKind;
    fn try_from(kind: u8) -> Result<Self, UnsupportedKind> {
        if kind == 0 { Ok(Self::Bearer) } else { Err(UnsupportedKind(kind)) }
    }
}

impl TokenMessage {
    /// Computes the message of a token from its parts.
    #[must_use]
    pub fn of(kind: TokenKind, key_id: &KeyId, serial: &Serial) -> Self {
        let hash = Sha256::new_with_prefix(b"ecash/token/v1")
            .chain_update([0, kind.byte()])
            .chain_update(key_id.as_bytes())
            .chain_update(serial.as_bytes());
        Self::new(hash.finalize().into())
    }

    /// Prepares the message for signing (RFC 9474 §4.1, PrepareIdentity).
    #[must_use]
    pub fn prepared(&self) -> PreparedMessage<PssDeterministic> {
        PreparedMessage::identity(self.as_bytes())
    }
}

/// A token. It is worth the denomination of its key to the first holder that spends it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Id of the key that signed the token; the key determines the denomination.
    pub key_id: KeyId,
    /// Kind of the token; part of the signed message.
    pub kind: TokenKind,
    /// Serial of the token; part of the signed message.
    pub serial: Serial,
    /// RSASSA-PSS signature of k bytes. Not yet verified: see [`Token::verify`].
    pub signature: Vec<u8>,
}

impl Token {
    /// Computes the signed message, which is also the spent id.
    #[must_use]
    pub fn message(&self) -> TokenMessage {
        TokenMessage::of(self.kind, &self.key_id, &self.serial)
    }

    /// Verifies the signature with `key`.
    ///
    /// # Errors
    /// Returns [`Error::InvalidSignature`] if the signature does not verify or `key` is not the key that the
    /// token names.
    pub fn verify(&self, key: &DenominationKey) -> Result<Signature, Error> {
        if key.key_id != self.key_id {
            return Err(Error::InvalidSignature);
        }
        verify(&key.public, &self.message().prepared(), &self.signature)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:?}, secret)", self.key_id)
    }
}
