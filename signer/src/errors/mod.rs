//! Why nothing was signed, whatever holds the keys.

mod link;
mod token;

pub use link::LinkError;
pub use token::TokenError;
pub(crate) use token::is_of_the_connection;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The queue has no room for this request. Nothing was signed; retry later.
    #[error("the signing queue is full")]
    Overloaded,
    /// The signer does not hold this key.
    #[error("the signer does not hold the key")]
    UnknownKey,
    /// The key is outside its issuing time, by the signer's clock.
    #[error(
        "the key is outside its issuing time by the signer's clock; are the clocks of mint and signer right?"
    )]
    NotIssuing,
    /// The private operation failed, or its result did not verify. The result was discarded.
    #[error("the private operation failed its check")]
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
    /// The signer process reported that its token cannot be used now.
    #[error("the signer process cannot use its token")]
    TokenDown,
}
