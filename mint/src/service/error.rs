//! Errors of the use cases, by cause.

use ecash_core::PaymentId;
use ecash_core::wire::ErrorCode;
use ecash_ledger::LedgerError;
use ecash_signer::SignerError;

/// A rejected request, which changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stable error code.
    pub code: ErrorCode,
    /// What is wrong with this request, as a message for people.
    pub detail: Option<String>,
    /// Index of the rejected token or output, from 0.
    pub index: Option<usize>,
    /// With [`ErrorCode::PaymentOrderPaid`]: the payment that paid the order.
    pub payment_id: Option<PaymentId>,
}

/// Errors of a use case, by cause.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Caused by the client.
    #[error("refused: {}", .0.code)]
    Refused(Refusal),
    /// Caused by load; a retry may succeed.
    #[error("overloaded")]
    Overloaded,
    /// Caused by a dependency. The operation may or may not have committed; repeating the request with the
    /// same idempotency key returns its result.
    #[error("a dependency of the mint failed")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Caused by a bug, or by a corrupt ledger.
    #[error("an invariant of the mint is broken")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ServiceError {
    /// Creates a refusal without details.
    #[must_use]
    pub const fn refused(code: ErrorCode) -> Self {
        Self::Refused(Refusal { code, detail: None, index: None, payment_id: None })
    }

    /// Creates a refusal with a detail on this request.
    #[must_use]
    pub fn refused_because(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal { code, detail: Some(detail.into()), index: None, payment_id: None })
    }

    /// Creates a refusal of one token or output.
    #[must_use]
    pub const fn refused_at(code: ErrorCode, index: usize) -> Self {
        Self::Refused(Refusal { code, detail: None, index: Some(index), payment_id: None })
    }

    /// Creates the refusal of a payment whose order was paid by another one.
    #[must_use]
    pub const fn order_paid(payment_id: PaymentId) -> Self {
        let code = ErrorCode::PaymentOrderPaid;
        Self::Refused(Refusal { code, detail: None, index: None, payment_id: Some(payment_id) })
    }

    /// Returns whether this is a refusal with the code.
    #[must_use]
    pub fn is_refusal(&self, code: ErrorCode) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == code)
    }

    /// Wraps an error that shows a bug or a corrupt ledger.
    #[must_use]
    pub fn internal(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(source))
    }

    /// Wraps a failure of a dependency.
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
