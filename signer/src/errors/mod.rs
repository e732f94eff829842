//! Errors of signing, for every implementation of [`Signer`](crate::Signer).

mod link;
mod token;

pub use link::LinkError;
pub use token::TokenError;
pub(crate) use token::is_of_the_connection;

/// Errors of a signer. Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The queue is full. Retry later.
    #[error("the signing queue is full")]
    Overloaded,
    /// The signer does not hold this key.
    #[error("the signer does not hold the key")]
    UnknownKey,
    /// The key is outside its issuing time, by the signer's clock.
    #[error("the key is outside its issuing time by the signer's clock; check the clocks of mint and signer")]
    NotIssuing,
    /// The private operation failed, or its result did not verify. The result was discarded.
    #[error("the private operation failed, or its result did not verify")]
    Faulty(#[source] ecash_core::rsabssa::Error),
    /// The signer is shutting down, or a worker panicked.
    #[error("the signer stopped")]
    Stopped,
    /// The hardware token cannot be used now.
    #[error("the hardware token cannot be used")]
    Token(#[source] TokenError),
    /// The signer process cannot be reached, or did not respond.
    #[error("the signer process does not respond")]
    Unreachable(#[source] LinkError),
    /// The signer process reported that its hardware token cannot be used now.
    #[error("the signer process cannot use its hardware token")]
    TokenDown,
}
