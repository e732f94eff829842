//! Why a call failed.

use ecash_core::details::DetailsError;
use ecash_core::receipt::ReceiptError;
use ecash_core::wire::{ErrorCode, Problem};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The mint's address or the API key is malformed, or a setting is missing.
    #[error("{0}")]
    Misconfigured(&'static str),
    /// The mint refused. Nothing was changed.
    #[error("the mint refused: {}{}", .0.code, .0.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default())]
    Refused(Box<Problem>),
    /// The mint failed after all retries. The outcome is unknown: repeat with the same key, or read the resource.
    #[error("the mint failed: {}", .0.code)]
    Failed(Box<Problem>),
    /// The mint did not answer, also not to repeats. Whether it did what was asked is unknown.
    #[error("the mint did not answer")]
    Unreachable,
    /// The answer is not what this version of the library expects.
    #[error("the mint's answer was not understood")]
    NotUnderstood,
    /// An amount is above 2^53 - 1 minor units.
    #[error("the amount is above 2^53 − 1 minor units")]
    NoAmount,
    /// No amount near it can be paid exactly.
    #[error("no amount near it can be paid exactly")]
    NotPayable,
    /// The details do not fit the payment.
    #[error(transparent)]
    Details(#[from] DetailsError),
    /// The receipt proves nothing.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The mint's receipt keys do not continue those that were pinned.
    #[error("the mint's receipt keys do not continue those that were seen before")]
    ReceiptKeysChanged,
    /// The answer does not come from the wallet that paid, or answers another question.
    #[error("this does not prove who paid")]
    PayerNotProved,
    /// This machine returned no random bytes.
    #[error("this machine returned no random bytes")]
    NoEntropy,
}

impl Error {
    /// The mint's error code, if it answered with one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(problem) | Self::Failed(problem) => Some(problem.code),
            _ => None,
        }
    }
}
