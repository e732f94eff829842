//! Blind, BlindSign, Finalize, Verify (RFC 9474 §4).

use super::emsa_pss;
use super::modular::Number;
use super::{Error, PreparedMessage, PublicKey, Variant};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A blinding factor r: secret, 0 < r < n.
#[derive(Clone)]
pub struct BlindingFactor(Zeroizing<Number>);

impl BlindingFactor {
    /// From k + 16 random (or derived) bytes, reduced modulo n, so that the bias is below 2^-128.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for another length, [`Error::NotInvertible`] if the result is 0.
    pub fn from_wide_bytes(key: &PublicKey, bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != key.k() + 16 {
            return Err(Error::OutOfRange);
        }
        let r = Zeroizing::new(key.reduce(bytes)?);
        if r.iter().all(|byte| *byte == 0) { Err(Error::NotInvertible) } else { Ok(Self(r)) }
    }

    /// From k bytes below n.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub fn from_bytes(key: &PublicKey, r: &[u8]) -> Result<Self, Error> {
        if key.contains(r) { Ok(Self(Zeroizing::new(r.to_vec()))) } else { Err(Error::OutOfRange) }
    }
}

impl fmt::Debug for BlindingFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindingFactor(secret)")
    }
}

/// The inverse of a blinding factor: secret.
#[derive(Clone)]
pub struct Inverse(Zeroizing<Number>);

impl Inverse {
    /// k bytes, big-endian.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Inverse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inverse(secret)")
    }
}

/// Defines a public value of k bytes.
macro_rules! value {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Vec<u8>);

        impl $name {
            /// k bytes, big-endian.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }
    };
}

value! {
    /// What the mint signs: k bytes with `1 < x < n − 1`.
    BlindedToken
}
value! {
    /// What the mint answers: `s` with `s^e = blinded_token`.
    BlindSignature
}
value! {
    /// A finished RSASSA-PSS signature. Secret until spent: who knows it can spend the token.
    Signature
}

impl BlindedToken {
    /// Takes bytes from outside.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless k bytes with `1 < x < n − 1`.
    pub fn parse(key: &PublicKey, bytes: &[u8]) -> Result<Self, Error> {
        let Some((last, rest)) = bytes.split_last() else { return Err(Error::OutOfRange) };
        let at_most_one = *last <= 1 && rest.iter().all(|byte| *byte == 0);
        // n is odd, so n − 1 differs from it in the last bit only.
        let is_minus_one =
            key.n().split_last().is_some_and(|(n_last, n_rest)| rest == n_rest && *last == n_last - 1);
        if !key.contains(bytes) || at_most_one || is_minus_one {
            return Err(Error::OutOfRange);
        }
        Ok(Self(bytes.to_vec()))
    }
}

impl BlindSignature {
    /// Takes a signer's answer for `blinded_token` and checks it.
    ///
    /// # Errors
    /// [`Error::InvalidSignature`] unless `s^e = blinded_token`.
    pub fn parse(key: &PublicKey, blinded_token: &BlindedToken, bytes: &[u8]) -> Result<Self, Error> {
        let power = key.pow_e(bytes).map_err(|_| Error::InvalidSignature)?;
        if bool::from(power.ct_eq(blinded_token.as_bytes())) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(Error::InvalidSignature)
        }
    }
}

/// The raw RSA private operation `x ↦ x^d mod n`, by software or an HSM.
///
/// Implementations must protect themselves against timing (blinding) and need not check their
/// result: [`blind_sign`] does.
pub trait PrivateOperation {
    /// `x^d mod n`; x is k bytes, big-endian, and the answer too.
    ///
    /// # Errors
    /// [`Error::PrivateOperation`] if the key or its device failed.
    fn private_operation(&self, x: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A message encoded by EMSA-PSS: what the mint signs without seeing it. Secret until the token is spent.
#[derive(Clone)]
pub struct EncodedMessage(Zeroizing<Number>);

impl EncodedMessage {
    /// `EMSA-PSS-ENCODE(message, salt)` (RFC 8017 §9.1.1). `salt` has `V::SALT_LEN` bytes.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a salt of another length.
    pub fn new<V: Variant>(
        key: &PublicKey,
        message: &PreparedMessage<V>,
        salt: &[u8],
    ) -> Result<Self, Error> {
        if salt.len() != V::SALT_LEN {
            return Err(Error::OutOfRange);
        }
        Ok(Self(Zeroizing::new(emsa_pss::encode(message.as_bytes(), salt, key.k()))))
    }

    /// `is_coprime(m, n)` (RFC 9474 §4.2): an honest key fails it with negligible chance. A key with small prime
    /// factors fails it often, and then the blinded message shows the shared factor to the mint, whatever r is.
    ///
    /// # Errors
    /// [`Error::InvalidKey`]: do not use this key.
    pub fn check_coprime(&self, key: &PublicKey) -> Result<(), Error> {
        key.ring().invert_all(&[&self.0], &[]).map(drop).ok_or(Error::InvalidKey)
    }
}

impl fmt::Debug for EncodedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodedMessage(secret)")
    }
}

/// Blind (RFC 9474 §4.2) without the inversion and the check that message and modulus are coprime, which
/// [`invert_all`] does for many at once: `message · r^e mod n`.
///
/// # Errors
/// [`Error::OutOfRange`], with negligible chance, for a result that no mint may sign.
pub fn blind(key: &PublicKey, message: &EncodedMessage, r: &BlindingFactor) -> Result<BlindedToken, Error> {
    BlindedToken::parse(key, &key.ring().pow_e_times(&r.0, &message.0))
}

/// The inverses of many blinding factors for the price of one inversion and three products each (Montgomery's
/// trick). The messages they blind go into the inverted product too, so that one that shares a factor with n is
/// found for the price of one more product each (RFC 9474 §4.2, `is_coprime`).
///
/// # Errors
/// [`Error::NotInvertible`] if a factor is not invertible or a message shares a factor with n;
/// [`EncodedMessage::check_coprime`] returns which.
pub fn invert_all<'r>(
    key: &PublicKey,
    factors: impl IntoIterator<Item = &'r BlindingFactor>,
    messages: impl IntoIterator<Item = &'r EncodedMessage>,
) -> Result<Vec<Inverse>, Error> {
    let numbers: Vec<&[u8]> = factors.into_iter().map(|r| r.0.as_slice()).collect();
    let messages: Vec<&[u8]> = messages.into_iter().map(|message| message.0.as_slice()).collect();
    let inverses = key.ring().invert_all(&numbers, &messages).ok_or(Error::NotInvertible)?;
    Ok(inverses.into_iter().map(|inverse| Inverse(Zeroizing::new(inverse))).collect())
}

/// BlindSign (RFC 9474 §4.3). The result is checked before it is returned.
///
/// # Errors
/// [`Error::PrivateOperation`] or [`Error::InvalidSignature`], by the signer's fault.
pub fn blind_sign(
    key: &PublicKey,
    signer: &impl PrivateOperation,
    blinded_token: &BlindedToken,
) -> Result<BlindSignature, Error> {
    let signature = signer.private_operation(blinded_token.as_bytes())?;
    BlindSignature::parse(key, blinded_token, &signature)
}

/// Finalize (RFC 9474 §4.4): unblinds, verifies, returns the signature. `blind_signature` comes
/// from outside: any bytes.
///
/// # Errors
/// [`Error::InvalidSignature`]. Never retry with the same message, never spend.
pub fn finalize<V: Variant>(
    key: &PublicKey,
    message: &PreparedMessage<V>,
    blind_signature: &[u8],
    inverse: &Inverse,
) -> Result<Signature, Error> {
    if !key.contains(blind_signature) {
        return Err(Error::InvalidSignature);
    }
    let signature = key.ring().multiply(blind_signature, &inverse.0);
    verify(key, message, &signature)
}

/// RSASSA-PSS-VERIFY (RFC 8017 §8.1.2) with the salt length of `V`. The returned [`Signature`] is
/// the proof that it was done.
///
/// # Errors
/// [`Error::InvalidSignature`].
pub fn verify<V: Variant>(
    key: &PublicKey,
    message: &PreparedMessage<V>,
    signature: &[u8],
) -> Result<Signature, Error> {
    let encoded = key.pow_e(signature).map_err(|_| Error::InvalidSignature)?;
    if emsa_pss::is_encoding_of(message.as_bytes(), &encoded, V::SALT_LEN) {
        Ok(Signature(signature.to_vec()))
    } else {
        Err(Error::InvalidSignature)
    }
}
