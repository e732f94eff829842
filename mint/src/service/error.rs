//! Why a use case did not succeed.

use ecash_core::wire::ErrorCode;
use ecash_ledger::LedgerError;
use ecash_signer::SignerError;

/// The request was refused; nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: ErrorCode,
    /// A word on this request.
    pub detail: Option<String>,
    /// Which token or output, from 0.
    pub index: Option<usize>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// By the client.
    #[error("refused: {}", .0.code)]
    Refused(Refusal),
    /// By load: retry in a moment.
    #[error("overloaded")]
    Overloaded,
    /// By a dependency of the mint. The operation may or may not have committed: the same request with the same key
    /// finds out.
    #[error("a dependency of the mint failed")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// By the mint itself: a bug, or a corrupt ledger.
    #[error("an invariant of the mint is broken")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ServiceError {
    /// A refusal.
    #[must_use]
    pub const fn refused(code: ErrorCode) -> Self {
        Self::Refused(Refusal { code, detail: None, index: None })
    }

    /// A refusal with a word on this request.
    #[must_use]
    pub fn refused_because(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal { code, detail: Some(detail.into()), index: None })
    }

    /// A refusal of one item.
    #[must_use]
    pub const fn refused_at(code: ErrorCode, index: usize) -> Self {
        Self::Refused(Refusal { code, detail: None, index: Some(index) })
    }

    /// A bug, or a corrupt ledger.
    #[must_use]
    pub fn internal(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(source))
    }

    /// A failure of a dependency.
    #[must_use]
    pub fn unavailable(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unavailable(Box::new(source))
    }
}

impl From<LedgerError> for ServiceError {
    fn from(error: LedgerError) -> Self {
        if error.is_internal() { Self::internal(error) } else { Self::unavailable(error) }
    }
}

impl From<SignerError> for ServiceError {
    fn from(error: SignerError) -> Self {
        match error {
            SignerError::Overloaded => Self::Overloaded,
            other => Self::unavailable(other),
        }
    }
}
