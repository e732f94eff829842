//! Cryptographically secure random bytes.

/// The operating system's random generator failed.
#[derive(Debug, thiserror::Error)]
#[error("the operating system returned no random bytes")]
pub struct EntropyError(#[source] pub getrandom::Error);

/// A source of cryptographically secure random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes.
    ///
    /// # Errors
    /// Returns [`EntropyError`] if the source fails; do not use `bytes` then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system's random generator.
#[derive(Debug, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(EntropyError)
    }
}
