//! The only door to private keys.
//!
//! Invariants of this module:
//! 1. Nothing but blinded tokens is signed, and their range is a type.
//! 2. Every signature that leaves was checked against the public key on this side.
//! 3. The queue is bounded; when it is full the answer is [`SignerError::Overloaded`].
//! 4. Requests take turns: each has only so many signatures under way, so that a long one does not
//!    block a short one.
//!
//! Three rooms: [`SoftwareSigner`] holds keys in this process; [`pkcs11`] uses those of a hardware
//! token; [`remote`] asks a process of its own, which holds the token and its PIN.

pub mod pkcs11;
pub mod remote;
mod software;

pub use software::{SoftwareKey, SoftwareSigner};

use async_trait::async_trait;
use ecash_core::keys::{DenominationKey, Keyset};
use ecash_core::rsabssa::{BlindSignature, BlindedToken};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

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
    /// The hardware token cannot be used now.
    #[error("the hardware token cannot be used")]
    Token(#[source] pkcs11::TokenError),
    /// The signer process cannot be reached, or does not answer.
    #[error("the signer process does not answer")]
    Unreachable(#[source] remote::LinkError),
    /// The signer process says that its token cannot be used now.
    #[error("the signer process cannot use its token")]
    TokenDown,
}

/// What is to be signed, with the key.
pub type SignRequest = (DenominationKey, BlindedToken);

/// Signs blinded tokens.
#[async_trait]
pub trait Signer: Send + Sync {
    /// Signs all, in order, or none.
    async fn blind_sign(&self, requests: Vec<SignRequest>) -> Result<Vec<BlindSignature>, SignerError>;

    /// Whether it can sign now.
    async fn ping(&self) -> Result<(), SignerError>;

    /// The keysets whose private keys it holds.
    async fn keysets(&self) -> Result<Vec<Keyset>, SignerError>;
}

/// Signs one by one in order, `at_once` of them under way.
async fn in_turns<F>(
    requests: Vec<SignRequest>,
    at_once: usize,
    sign_one: impl FnMut(SignRequest) -> F + Send,
) -> Result<Vec<BlindSignature>, SignerError>
where
    F: Future<Output = Result<BlindSignature, SignerError>> + Send,
{
    stream::iter(requests).map(sign_one).buffered(at_once).try_collect().await
}
