//! Token, serial and token message (protocol §3).

use crate::base64url::fixed_bytes;
use crate::keys::{DenominationKey, KeyId};
use crate::rsabssa::{Error, PreparedMessage, PssDeterministic, Signature, verify};
use sha2::{Digest, Sha256};
use std::fmt;

fixed_bytes! {
    /// A token's serial: 32 random (or derived) bytes, secret until spent.
    Serial, 32
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serial(secret)")
    }
}

fixed_bytes! {
    /// `SHA-256("ecash/token/v1" ‖ 0x00 ‖ u8 kind ‖ key_id ‖ serial)`: what is signed, and the
    /// token's spent id.
    TokenMessage, 32
}

impl fmt::Debug for TokenMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenMessage(secret)")
    }
}

/// The kind of a token is inside the signed message: a locked token can never pass as a bearer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Kind 0: a bearer token; its holder can spend it.
    Bearer,
}

/// A kind that is not defined yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("token kind {0} is not supported")]
pub struct UnsupportedKind(pub u8);

impl TokenKind {
    /// The byte inside the message.
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
    /// The message of a token.
    #[must_use]
    pub fn of(kind: TokenKind, key_id: &KeyId, serial: &Serial) -> Self {
        let hash = Sha256::new_with_prefix(b"ecash/token/v1")
            .chain_update([0, kind.byte()])
            .chain_update(key_id.as_bytes())
            .chain_update(serial.as_bytes());
        Self::new(hash.finalize().into())
    }

    /// Ready to be signed.
    #[must_use]
    pub fn prepared(&self) -> PreparedMessage<PssDeterministic> {
        PreparedMessage::identity(self.as_bytes())
    }
}

/// A token: worth its key's denomination to the first holder that redeems it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The key that signed it; its denomination follows from it.
    pub key_id: KeyId,
    /// Its kind.
    pub kind: TokenKind,
    /// Its serial.
    pub serial: Serial,
    /// k bytes, checked by [`Token::verify`].
    pub signature: Vec<u8>,
}

impl Token {
    /// The message that was signed; also the spent id.
    #[must_use]
    pub fn message(&self) -> TokenMessage {
        TokenMessage::of(self.kind, &self.key_id, &self.serial)
    }

    /// Checks the signature under `key`.
    ///
    /// # Errors
    /// [`Error::InvalidSignature`], also if `key` is another key than the token's.
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
