//! Blind, BlindSign, Finalize, Verify (RFC 9474 §4).

use super::emsa_pss;
use super::modular::Number;
use super::{Error, PreparedMessage, PublicKey, Variant};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A blinding factor r with 0 < r < n. Secret: with it, the mint can link a token to its withdrawal. Zeroized
/// on drop.
#[derive(Clone)]
pub struct BlindingFactor(Zeroizing<Number>);

impl BlindingFactor {
    /// Reduces k + 16 random or derived bytes modulo n. The 16 extra bytes keep the bias below 2^-128.
    ///
    /// # Errors
    /// Returns [`Error::OutOfRange`] for another length, and [`Error::NotInvertible`] if the result is 0.
    pub fn from_wide_bytes(key: &PublicKey, bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != key.k() + 16 {
            return Err(Error::OutOfRange);
        }
        let r = Zeroizing::new(key.reduce(bytes)?);
        if r.iter().all(|byte| *byte == 0) { Err(Error::NotInvertible) } else { Ok(Self(r)) }
    }

    /// Creates a factor from k bytes, as test vectors give it. Accepts 0, which [`invert_all`] rejects.
    ///
    /// # Errors
    /// Returns [`Error::OutOfRange`] unless `r` is k bytes and below n.
    pub fn from_bytes(key: &PublicKey, r: &[u8]) -> Result<Self, Error> {
        if key.contains(r) { Ok(Self(Zeroizing::new(r.to_vec()))) } else { Err(Error::OutOfRange) }
    }

    /// Returns the factor: k bytes, big-endian.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for BlindingFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindingFactor(secret)")
    }
}

/// The inverse of a blinding factor modulo n. Secret, like the factor. Zeroized on drop.
#[derive(Clone)]
pub struct Inverse(Zeroizing<Number>);

impl Inverse {
    /// Returns the inverse: k bytes, big-endian.
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

/// Defines a newtype over k bytes. `Debug` shows only the length.
macro_rules! value {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Vec<u8>);

        impl $name {
            /// Returns the value: k bytes, big-endian.
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
    /// A blinded message for the mint to sign: k bytes with `1 < x < n − 1`.
    BlindedToken
}
value! {
    /// A mint's signature `s` on a blinded token, with `s^e = blinded_token`.
    BlindSignature
}
value! {
    /// An unblinded RSASSA-PSS signature. Secret until the token is spent: anyone who knows it and the serial
    /// can spend the token.
    Signature
}

impl BlindedToken {
    /// Parses untrusted bytes. Rejects 0, 1 and n − 1, whose roots are known without the key.
    ///
    /// # Errors
    /// Returns [`Error::OutOfRange`] unless `bytes` is k bytes with `1 < x < n − 1`.
    pub fn parse(key: &PublicKey, bytes: &[u8]) -> Result<Self, Error> {
        let Some((last, rest)) = bytes.split_last() else { return Err(Error::OutOfRange) };
        let at_most_one = *last <= 1 && rest.iter().all(|byte| *byte == 0);
        // n is odd, so n − 1 differs from n only in the last bit.
        let is_minus_one =
            key.n().split_last().is_some_and(|(n_last, n_rest)| rest == n_rest && *last == n_last - 1);
        if !key.contains(bytes) || at_most_one || is_minus_one {
            return Err(Error::OutOfRange);
        }
        Ok(Self(bytes.to_vec()))
    }
}

impl BlindSignature {
    /// Parses a signer's result and checks it with the public key. A wrong result computed with CRT must not
    /// leave the mint, because it reveals the factors of n.
    ///
    /// # Errors
    /// Returns [`Error::InvalidSignature`] unless `s^e = blinded_token`.
    pub fn parse(key: &PublicKey, blinded_token: &BlindedToken, bytes: &[u8]) -> Result<Self, Error> {
        let power = key.pow_e(bytes).map_err(|_| Error::InvalidSignature)?;
        if bool::from(power.ct_eq(blinded_token.as_bytes())) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(Error::InvalidSignature)
        }
    }
}

/// The raw RSA private operation `x ↦ x^d mod n`, in software or in an HSM.
///
/// Implementations must protect the key against timing attacks, for example by blinding. They need not check
/// their result, because [`blind_sign`] does.
pub trait PrivateOperation {
    /// Computes `x^d mod n`. Both x and the result are k bytes, big-endian.
    ///
    /// # Errors
    /// Returns [`Error::PrivateOperation`] if the key or its device failed.
    fn private_operation(&self, x: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A message encoded by EMSA-PSS: the number that the mint signs without seeing it. Secret until the token is
/// spent. Zeroized on drop.
#[derive(Clone)]
pub struct EncodedMessage(Zeroizing<Number>);

impl EncodedMessage {
    /// Encodes a message: `EMSA-PSS-ENCODE(message, salt)` (RFC 8017 §9.1.1).
    ///
    /// # Errors
    /// Returns [`Error::OutOfRange`] unless `salt` has `V::SALT_LEN` bytes.
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

    /// Checks that the encoded message is coprime to n: `is_coprime(m, n)` (RFC 9474 §4.2). With an honest
    /// key the check fails with negligible probability. With a key that has small prime factors it fails
    /// often, and the blinded message would show the shared factor to the mint for every r.
    ///
    /// # Errors
    /// Returns [`Error::InvalidKey`] if the message shares a factor with n; do not use this key.
    pub fn check_coprime(&self, key: &PublicKey) -> Result<(), Error> {
        key.ring().invert_all(&[&self.0], &[]).map(drop).ok_or(Error::InvalidKey)
    }
}

impl fmt::Debug for EncodedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodedMessage(secret)")
    }
}

/// Blind (RFC 9474 §4.2): computes `message · r^e mod n`. Does not invert r and does not check that message
/// and modulus are coprime; [`invert_all`] does both for many messages at once, and must be called before
/// anything is sent.
///
/// # Errors
/// Returns [`Error::OutOfRange`], with negligible probability, if the result is 0, 1 or n − 1, which no mint
/// signs.
pub fn blind(key: &PublicKey, message: &EncodedMessage, r: &BlindingFactor) -> Result<BlindedToken, Error> {
    BlindedToken::parse(key, &key.ring().pow_e_times(&r.0, &message.0))
}

/// Inverts many blinding factors at the cost of one inversion and three products for each factor
/// (Montgomery's trick). Also checks that the messages they blind are coprime to n (RFC 9474 §4.2,
/// `is_coprime`), by including the messages in the inverted product. Returns the inverses in the order of
/// `factors`.
///
/// # Errors
/// Returns [`Error::NotInvertible`] if a factor is not invertible or a message shares a factor with n. Use
/// [`EncodedMessage::check_coprime`] on each message to tell the two apart.
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

/// BlindSign (RFC 9474 §4.3). Checks the result with the public key before returning it.
///
/// # Errors
/// Returns [`Error::PrivateOperation`] if the signer failed, and [`Error::InvalidSignature`] if its result
/// was wrong.
pub fn blind_sign(
    key: &PublicKey,
    signer: &impl PrivateOperation,
    blinded_token: &BlindedToken,
) -> Result<BlindSignature, Error> {
    let signature = signer.private_operation(blinded_token.as_bytes())?;
    BlindSignature::parse(key, blinded_token, &signature)
}

/// Finalize (RFC 9474 §4.4): unblinds and verifies a blind signature. `blind_signature` is untrusted and may
/// be any bytes.
///
/// # Errors
/// Returns [`Error::InvalidSignature`] if the result does not verify. Never retry with the same message and
/// never spend the token: the mint may have caused the failure to recognize it later.
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

/// RSASSA-PSS-VERIFY (RFC 8017 §8.1.2) with the salt length of `V`. The returned [`Signature`] proves that
/// the check was made.
///
/// # Errors
/// Returns [`Error::InvalidSignature`] if the signature has the wrong length, is not below n or does not
/// verify.
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
