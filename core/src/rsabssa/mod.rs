//! RFC 9474, RSA Blind Signatures with Appendix (RSABSSA), for all four named variants.
//!
//! Deviation: where the RFC's text and its vectors differ, this module follows the vectors and RFC 8017, and
//! encodes EMSA-PSS to `bit_len(n) − 1` bits. Our own tokens use [`PssDeterministic`] only.
//!
//! Invariants of this module:
//! 1. Every [`PublicKey`] has a modulus of exactly 8·k bits, odd, and the exponent 65537.
//! 2. Every [`BlindedToken`] is k bytes with `1 < x < n − 1`.
//! 3. Every [`BlindSignature`] satisfies `s^e = blinded_token` for the blinded token it was parsed for.
//! 4. Every [`Signature`] returned by [`finalize`] or [`verify`] is valid for its message.

#[cfg(any(test, feature = "danger"))]
pub mod danger;
mod emsa_pss;
mod modular;
mod public_key;
mod scheme;
mod variant;

pub use emsa_pss::mgf1_sha384;
pub use public_key::{E, PublicKey, Width};
pub use scheme::{
    BlindSignature, BlindedToken, BlindingFactor, EncodedMessage, Inverse, PrivateOperation, Signature,
    blind, blind_sign, finalize, invert_all, verify,
};
pub use variant::{
    PreparedMessage, PssDeterministic, PssRandomized, PssZeroDeterministic, PssZeroRandomized, Variant,
};

/// Errors of the operations in this module. Each names the party at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The maker of the key: not an RSA key of a known width with e = 65537, or n shares a factor with a
    /// message.
    #[error("not a usable RSA key: expected 1024, 3072 or 4096 bits, e = 65537 and no small factors")]
    InvalidKey,
    /// The caller: a value of the wrong length, or outside `1 < x < n − 1`.
    #[error("the value is not k bytes with 1 < x < n - 1")]
    OutOfRange,
    /// Chance, with probability below 2^-1500 for an honest key: the blinding factor is 0 or shares a factor
    /// with n. Retry with another.
    #[error("the blinding factor is not invertible")]
    NotInvertible,
    /// The signer, or the sender of a token: the signature does not verify.
    #[error("the signature does not verify")]
    InvalidSignature,
    /// The signer: its key or device could not perform the private operation.
    #[error("the private operation failed")]
    PrivateOperation,
}
