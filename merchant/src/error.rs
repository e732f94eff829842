//! The errors of this crate.

use ecash_core::details::DetailsError;
use ecash_core::receipt::ReceiptError;
use ecash_core::wire::{ErrorCode, Problem};

/// Errors of [`Merchant`](crate::Merchant).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The mint's URL or the API key is malformed, or a setting is missing.
    #[error("{0}")]
    Misconfigured(&'static str),
    /// The mint rejected the request. Nothing was changed.
    #[error("the mint rejected the request: {}{}", .0.code, .0.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default())]
    Refused(Box<Problem>),
    /// The mint failed after all retries. The outcome is unknown: retry with the same key, or read the
    /// resource.
    #[error("the mint failed: {}", .0.code)]
    Failed(Box<Problem>),
    /// The mint did not respond, also not to retries. The outcome is unknown.
    #[error("the mint did not respond")]
    Unreachable,
    /// The response does not parse in this version of the library.
    #[error("the mint's response does not parse")]
    NotUnderstood,
    /// An amount exceeds 2^53 - 1 minor units.
    #[error("amount must be at most 2^53 − 1 minor units")]
    NoAmount,
    /// No nearby amount can be paid exactly.
    #[error("no nearby amount can be paid exactly")]
    NotPayable,
    /// The details do not match the payment, or are malformed.
    #[error(transparent)]
    Details(#[from] DetailsError),
    /// The receipt does not verify.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The mint's receipt keys do not continue the pinned ones.
    #[error("the mint's receipt keys do not continue the pinned ones")]
    ReceiptKeysChanged,
    /// The answer does not come from the wallet that paid, or answers another challenge.
    #[error("this does not prove the payer")]
    PayerNotProved,
    /// This machine returned no random bytes.
    #[error("this machine returned no random bytes")]
    NoEntropy,
}

impl Error {
    /// Returns the mint's error code, if its response contained one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(problem) | Self::Failed(problem) => Some(problem.code),
            _ => None,
        }
    }
}
