//! What can go wrong, in words for the person whose money it is: first what happened to the money.

use crate::plan::PlanId;
use crate::store::StoreError;
use ecash_core::keys::{KeysetError, ScreeningError};
use ecash_core::seed::MnemonicError;
use ecash_core::token::BundleError;
use ecash_core::wire::Problem;
use ecash_core::{AccountId, Amount, Money};

/// Why an operation did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// This device: the state could not be read or written; nothing was sent.
    #[error("the wallet's storage failed; nothing was sent")]
    Store(#[source] StoreError),
    /// This device: the mint was asked, and the outcome could not be written. The plan is kept; [`resume`] finds out
    /// what happened, and nothing is paid before it has.
    ///
    /// [`resume`]: crate::Wallet::resume
    #[error(
        "the mint was asked, but this device could not save the outcome; nothing is lost, and the wallet asks again: do not repeat it yourself"
    )]
    StoreAfterSending(#[source] StoreError),
    /// The device gave no random bytes; nothing was sent.
    #[error("this device gave no random numbers; nothing was sent")]
    Entropy,
    /// There is no wallet yet, or there is one already.
    #[error("there is no wallet on this device yet")]
    NoWallet,
    /// A wallet exists; it is not overwritten.
    #[error("there is a wallet on this device already")]
    WalletExists,
    /// A wallet of other words exists and has been used; it is not overwritten.
    #[error("another wallet is on this device and has been used; nothing was changed")]
    OtherWallet,
    /// No mint is connected.
    #[error("the wallet is not connected to a mint")]
    NoMint,
    /// The words are no recovery phrase.
    #[error("{0}")]
    Mnemonic(#[source] MnemonicError),
    /// The mint's keys are not trustworthy; nothing was sent.
    #[error("the mint's keys failed the safety check; no money was moved")]
    Keys(#[source] KeysError),
    /// The mint does not issue tokens now.
    #[error("the mint does not issue tokens now; try again later")]
    NotIssuing,
    /// Fewer tokens than the amount.
    #[error("the wallet holds {available}, less than the {wanted} asked for")]
    InsufficientFunds {
        /// What there is.
        available: Money,
        /// What was asked for.
        wanted: Money,
    },
    /// No combination of denominations gives this amount.
    #[error("{0} cannot be made of this mint's pieces")]
    NotPayable(Money),
    /// More than 128 tokens would be needed.
    #[error("this needs more than {0} pieces at once; use a smaller amount")]
    TooManyPieces(usize),
    /// The text holds no tokens.
    #[error("{0}")]
    Bundle(#[source] BundleError),
    /// The tokens are of another mint or currency.
    #[error("these tokens are of another mint: {0}")]
    OtherMint(String),
    /// The stored wallet belongs to another mint's address; nothing was sent.
    #[error("this wallet belongs to the mint at {0}; nothing was sent")]
    OtherOrigin(String),
    /// A token is not valid.
    #[error("a token in this text is not valid")]
    InvalidToken,
    /// The mint refused; the money is where it was.
    #[error("the mint refused: {}; your money is where it was", .0.title)]
    Refused(Box<Problem>),
    /// The mint did not answer. The plan waits and is finished later.
    #[error("the mint did not answer; nothing is lost, the wallet finishes this when it is back")]
    Pending,
    /// The mint did not answer a payment: it was made, or it was not. The plan waits for [`Wallet::confirm`] or
    /// [`Wallet::cancel`].
    ///
    /// [`Wallet::confirm`]: crate::Wallet::confirm
    /// [`Wallet::cancel`]: crate::Wallet::cancel
    #[error("not paid yet: the mint did not answer; the money is set aside until you pay again or cancel")]
    NotPaidYet(PlanId),
    /// An earlier payment waits, and the mint does not say what became of it. Nothing was sent for the new one.
    #[error("an earlier payment is not settled yet, and the mint does not answer; nothing new was paid")]
    EarlierPaymentWaits,
    /// An earlier payment, which had waited, turned out to be made. Nothing was sent for the new one.
    #[error("the earlier payment was made after all; nothing new was paid")]
    EarlierPaymentMade(EarlierPayment),
    /// The mint does not answer, and nothing was begun.
    #[error("the mint cannot be reached; nothing was sent")]
    Unreachable,
    /// The mint signed tokens wrongly, also when it was asked again. The plan is kept as disputed, with its inputs
    /// and the mint's answer.
    #[error(
        "the mint signed cash wrongly; what is missing is kept as disputed, with the mint's answer as evidence"
    )]
    Disputed(PlanId),
    /// The mint answered what it must not.
    #[error("the mint answered wrongly: {0}")]
    MintFault(&'static str),
    /// Too many cancelled withdrawals in a row on one key.
    #[error("too many unfinished operations; let them finish first")]
    CountersExhausted,
    /// The plan is not there any more.
    #[error("this operation has ended")]
    PlanEnded,
}

/// A payment that had waited and was found to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierPayment {
    /// The merchant account that was paid.
    pub merchant_id: AccountId,
    /// How much, in minor units.
    pub amount: Amount,
}

impl WalletError {
    /// The same error for an operation whose request was sent: a storage failure then does not mean that nothing
    /// happened.
    pub(crate) fn after_sending(self) -> Self {
        match self {
            Self::Store(error) => Self::StoreAfterSending(error),
            other => other,
        }
    }
}

/// Why keys were refused.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// They are not what they claim.
    #[error("the keyset is not consistent")]
    Keyset(#[source] KeysetError),
    /// They are unsafe.
    #[error("a key is unsafe")]
    Screening(#[source] ScreeningError),
    /// They changed since this wallet saw them first.
    #[error("a key is published by another mint than before")]
    OtherOrigin,
}

impl From<StoreError> for WalletError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
