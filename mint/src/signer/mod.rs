//! The only door to private keys.
//!
//! Invariants of this module:
//! 1. Nothing but blinded tokens is signed, and their range is a type.
//! 2. Every signature that leaves was checked against the public key on this side.
//! 3. The queue is bounded; when it is full the answer is [`SignerError::Overloaded`].

mod software;

pub use software::{SoftwareKey, SoftwareSigner};

use async_trait::async_trait;
use ecash_core::keys::DenominationKey;
use ecash_core::rsabssa::{BlindSignature, BlindedToken};

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// More signatures wait than may.
    #[error("the signing queue is full")]
    Overloaded,
    /// The signer does not hold this key.
    #[error("the signer does not hold the key")]
    UnknownKey,
    /// The private operation failed or gave a wrong result.
    #[error("the private operation failed its check")]
    Faulty(#[source] ecash_core::rsabssa::Error),
    /// The signer's worker is gone.
    #[error("the signer stopped")]
    Stopped,
}

/// Signs blinded tokens.
#[async_trait]
pub trait Signer: Send + Sync {
    /// Signs all, in order, or none.
    async fn blind_sign(
        &self,
        requests: Vec<(DenominationKey, BlindedToken)>,
    ) -> Result<Vec<BlindSignature>, SignerError>;

    /// Whether it can sign now.
    async fn ping(&self) -> Result<(), SignerError>;
}
