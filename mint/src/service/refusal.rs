//! Converts conflicts of a posting with earlier ones to the error codes that clients get.

use super::ServiceError;
use ecash_core::wire::{ErrorCode, PaymentState};
use ecash_ledger::{Claim, CommitError, Conflict, OperationKind};

impl From<CommitError> for ServiceError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(conflict) => refusal_of(conflict),
            CommitError::Unbalanced(error) => Self::internal(error),
            CommitError::Unavailable(error) => error.into(),
        }
    }
}

/// Returns the error code for a claim that an operation of this kind owns.
fn claimed(claim: &Claim, owner: OperationKind) -> ErrorCode {
    if claim.is_order() {
        return ErrorCode::PaymentOrderPaid;
    }
    if claim.is_refund_end() {
        return ErrorCode::RefundNothingOpen;
    }
    if claim.is_opened() {
        return ErrorCode::TokenAlreadySpent;
    }
    if !claim.is_payment() {
        return ErrorCode::IdempotencyKeyReused;
    }
    match ended_by(owner) {
        PaymentState::Cancelled => ErrorCode::PaymentCancelled,
        PaymentState::Expired => ErrorCode::PaymentExpired,
        PaymentState::Paid | PaymentState::Open => ErrorCode::PaymentPaid,
    }
}

/// Converts a conflict to the error code for the client.
fn refusal_of(conflict: Conflict) -> ServiceError {
    let at = |code, indices: Vec<usize>| match indices.first() {
        Some(index) => ServiceError::refused_at(code, *index),
        None => ServiceError::refused(code),
    };
    match conflict {
        Conflict::Spent(indices) => at(ErrorCode::TokenAlreadySpent, indices),
        Conflict::Issued(indices) => at(ErrorCode::BlindedTokenAlreadySigned, indices),
        Conflict::InsufficientBalance(_) => ServiceError::refused(ErrorCode::InsufficientBalance),
        Conflict::BalanceTooLarge(_) => ServiceError::refused(ErrorCode::BalanceTooLarge),
        Conflict::UnknownAccount(_) => ServiceError::refused(ErrorCode::UnknownAccount),
        Conflict::KeysetEnded(_) => ServiceError::refused(ErrorCode::TokenExpired),
        Conflict::KeysetStopped(_) => ServiceError::refused(ErrorCode::KeyNotIssuing),
        Conflict::KeysetRevoked(_) => ServiceError::refused(ErrorCode::KeyRevoked),
        Conflict::Claimed { claim, owner } => ServiceError::refused(claimed(&claim, owner.kind)),
    }
}

/// Returns how an operation of this kind ends a payment whose claim it owns. A new payment of an order
/// cancels the old one.
pub(super) const fn ended_by(kind: OperationKind) -> PaymentState {
    match kind {
        OperationKind::PaymentCancel | OperationKind::Payment => PaymentState::Cancelled,
        OperationKind::PaymentExpire => PaymentState::Expired,
        _ => PaymentState::Paid,
    }
}
