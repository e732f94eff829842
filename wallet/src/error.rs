//! The errors of the wallet. An application translates each variant. The `Display` texts are for logs and for
//! programs without translations; each states what happened to the money.

use crate::api::ApiError;
use crate::device::StretchError;
use crate::lock::LockError;
use crate::plan::PlanId;
use crate::store::StoreError;
use ecash_core::details::DetailsError;
use ecash_core::keys::{KeysetError, RuleBroken, ScreeningError};
use ecash_core::receipt::ReceiptError;
use ecash_core::seed::MnemonicError;
use ecash_core::token::BundleError;
use ecash_core::wire::Problem;
use ecash_core::{AccountId, AmountError, Money};

/// Errors of the operations of [`Wallet`](crate::Wallet) and [`Guest`](crate::Guest).
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The store could not be read or written. Nothing was sent.
    #[error("the wallet's storage failed; nothing was sent")]
    Store(#[source] StoreError),
    /// A request was sent, but its outcome could not be stored. The plan is kept. [`resume`] asks the mint
    /// for the outcome, and no payment is sent before that succeeds.
    ///
    /// [`resume`]: crate::Wallet::resume
    #[error(
        "the request was sent, but its outcome could not be stored; nothing is lost, and the wallet asks the mint for it: do not repeat the operation"
    )]
    StoreAfterSending(#[source] StoreError),
    /// The device returned no random bytes. Nothing was sent.
    #[error("this device returned no random numbers; nothing was sent")]
    Entropy,
    /// A passphrase locks the wallet on this device. Nothing was read.
    #[error("the wallet is locked; enter its passphrase")]
    Locked,
    /// The passphrase or recovery phrase is not that of the wallet on this device. Nothing was changed.
    #[error("wrong passphrase or recovery phrase; nothing was changed")]
    DoesNotOpen,
    /// The text is not a backup file, or is one of a later version. Nothing was changed.
    #[error("not a backup file of this version; nothing was changed")]
    BackupFile,
    /// The new passphrase has fewer than [`crate::MIN_PASSPHRASE_CHARS`] characters. Nothing was changed.
    #[error("the passphrase is too short; nothing was changed")]
    PassphraseTooShort,
    /// The device could not stretch the passphrase. Nothing was changed.
    #[error("{0}; nothing was changed")]
    Stretch(#[source] StretchError),
    /// The store holds no wallet. [`Wallet::create`](crate::Wallet::create) creates one.
    #[error("no wallet on this device")]
    NoWallet,
    /// The store already holds a wallet. It was not changed.
    #[error("a wallet already exists on this device")]
    WalletExists,
    /// The store holds a used wallet with another recovery phrase. It was not changed.
    #[error("this device holds another wallet, which has been used; nothing was changed")]
    OtherWallet,
    /// Received tokens are not swapped yet and may exist only in this wallet's plan. Nothing was removed.
    #[error("received tokens are not swapped yet; nothing was removed: resume first")]
    UnfinishedReceipt,
    /// The wallet's value exceeds the largest amount. Nothing was changed.
    #[error("the wallet's value exceeds the largest amount; nothing was changed")]
    SumTooLarge(#[source] AmountError),
    /// The wallet is not connected to a mint.
    #[error("the wallet is not connected to a mint")]
    NoMint,
    /// The text is not a recovery phrase.
    #[error("{0}")]
    Mnemonic(#[source] MnemonicError),
    /// The mint's keys failed a check. Nothing was sent.
    #[error("the mint's keys failed a safety check; no money was moved")]
    Keys(#[source] KeysError),
    /// The mint has no issuing keyset now.
    #[error("the mint does not issue tokens now; try again later")]
    NotIssuing,
    /// The spendable tokens are worth less than the amount.
    #[error("insufficient funds: the wallet holds {available}, the payment needs {wanted}")]
    InsufficientFunds {
        /// The value of all spendable tokens.
        available: Money,
        /// The amount to pay.
        wanted: Money,
    },
    /// No combination of denominations adds up to this amount.
    #[error("{0} cannot be paid in this mint's denominations")]
    NotPayable(Money),
    /// The tip exceeds the merchant's maximum, which is this amount.
    #[error("the tip must be at most {0}; nothing was sent")]
    TipTooLarge(Money),
    /// The shop and this wallet see different keys of the mint.
    #[error("the shop and this wallet see different keys of the mint; nothing was sent")]
    OtherKeys,
    /// A guest's tokens are not worth exactly the payment's amount. Nothing was spent.
    #[error("this cash is worth {cash}, but the payment needs exactly {wanted}; nothing was spent")]
    NotExact {
        /// The value of the tokens.
        cash: Money,
        /// The amount of the payment.
        wanted: Money,
    },
    /// The mint did not respond to a guest's payment: whether it was made is unknown. Retrying with the same
    /// tokens pays once.
    #[error("the mint did not respond; try again with the same cash, which pays only once")]
    Unanswered,
    /// The details in the checkout link do not match the payment.
    #[error("{0}; nothing was sent")]
    Details(#[from] DetailsError),
    /// The amount needs more tokens than one request may carry, which is this number.
    #[error("more than {0} tokens would be needed; use a smaller amount")]
    TooManyTokens(usize),
    /// The text is not a token bundle.
    #[error("{0}")]
    Bundle(#[source] BundleError),
    /// The tokens were issued by another mint or in another currency.
    #[error("these tokens were issued by another mint: {0}")]
    OtherMint(String),
    /// The stored wallet belongs to the mint at this other URL. Nothing was sent.
    #[error("this wallet belongs to the mint at {0}; nothing was sent")]
    OtherOrigin(String),
    /// A token's signature does not verify, or its key is unknown.
    #[error("a token in this text is not valid")]
    InvalidToken,
    /// The mint has revoked the keys of received tokens. Only the wallet that they were issued to can recover
    /// their value.
    #[error(
        "the mint has revoked the keys of these tokens; nothing was received: ask the sender to take them back and send others"
    )]
    RevokedKeys,
    /// The text is not a shop's challenge. Nothing was signed.
    #[error("not a shop's question; nothing was signed")]
    NotAChallenge,
    /// The receipt does not prove the payment.
    #[error("payment cannot be proved: {0}")]
    Receipt(#[source] ReceiptFault),
    /// The mint rejected the operation. No money was moved.
    #[error("the mint rejected the operation: {}; no money was moved", .0.title)]
    Refused(Box<Problem>),
    /// The mint did not respond. The plan is kept, and [`resume`](crate::Wallet::resume) completes it.
    #[error(
        "the mint did not respond; nothing is lost, and the wallet completes the operation when the mint is back"
    )]
    Pending,
    /// The mint did not respond to a payment: whether it was made is unknown. The plan is kept until
    /// [`Wallet::confirm`] or [`Wallet::cancel`] settles it.
    ///
    /// [`Wallet::confirm`]: crate::Wallet::confirm
    /// [`Wallet::cancel`]: crate::Wallet::cancel
    #[error(
        "not paid yet: the mint did not respond; the money is reserved until the payment is confirmed or cancelled"
    )]
    NotPaidYet(PlanId),
    /// An earlier payment is unsettled and the mint does not respond. The new payment was not sent.
    #[error("an earlier payment is not settled yet, and the mint does not respond; nothing new was paid")]
    EarlierPaymentWaits,
    /// An earlier, unsettled payment turned out to have been made. The new payment was not sent.
    #[error("the earlier payment was made; nothing new was paid")]
    EarlierPaymentMade(EarlierPayment),
    /// The mint is unreachable. Nothing was started.
    #[error("the mint cannot be reached; nothing was sent")]
    Unreachable,
    /// The mint returned invalid blind signatures, and did so again on request. The plan is kept as disputed,
    /// with its inputs and the mint's response as evidence.
    #[error(
        "the mint returned invalid signatures; the missing value is kept as disputed, with the mint's response as evidence"
    )]
    Disputed(PlanId),
    /// The mint broke the protocol. Its response was discarded.
    #[error("the mint broke the protocol: {0}")]
    MintFault(#[source] MintFault),
    /// Too many outputs of one key are unsettled. A restore would not find later ones.
    #[error("too many unfinished operations; let them finish first")]
    CountersExhausted,
    /// The plan was already completed or abandoned.
    #[error("this operation has already ended")]
    PlanEnded,
}

/// Reasons why a receipt does not prove its payment. The payment itself remains valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// The mint returned no receipt.
    #[error("the mint returned no receipt")]
    Missing,
    /// Its signature does not verify with the mint's receipt keys.
    #[error("the receipt's signature does not verify with the mint's keys")]
    NotSigned(#[source] ReceiptError),
    /// It differs from what the user saw and paid.
    #[error("the receipt differs from what was paid")]
    Differs,
}

/// Violations of the protocol by the mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MintFault {
    /// It returned a keyset other than the requested one.
    #[error("it returned a keyset that was not requested")]
    WrongKeyset,
    /// It no longer publishes a key that this wallet used.
    #[error("it no longer publishes a key that this wallet used")]
    KeyMissing,
    /// Its key cannot be used for blinding.
    #[error("its key cannot be used for blinding")]
    UnusableKey,
    /// Its stored response does not parse as the response of its route.
    #[error("its stored response is not a response of this operation")]
    UnreadableResponse,
    /// It returned more or fewer blind signatures than outputs.
    #[error("it returned a different number of blind signatures than requested")]
    WrongSignatureCount,
    /// It returned a payment other than the requested one, or in another currency.
    #[error("it returned a payment that was not requested")]
    WrongPayment,
    /// It issued more than the largest amount, or more than requested.
    #[error("it issued more value than an amount can hold")]
    ValueOverflow,
}

/// An unsettled payment that turned out to have been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierPayment {
    /// The merchant account that was paid.
    pub merchant_id: AccountId,
    /// The amount paid.
    pub money: Money,
}

/// Returns the error of a response whose amounts do not add up.
pub(crate) const fn overflow() -> WalletError {
    WalletError::MintFault(MintFault::ValueOverflow)
}

/// Converts the error of a request that started no operation.
pub(crate) fn request_error(error: ApiError) -> WalletError {
    match error {
        ApiError::Refused(problem) => WalletError::Refused(problem),
        ApiError::Busy { .. } | ApiError::Lost => WalletError::Unreachable,
    }
}

impl WalletError {
    /// Converts the error of an operation whose request was sent: [`Store`](Self::Store) promises that
    /// nothing was sent, so it becomes [`StoreAfterSending`](Self::StoreAfterSending).
    pub(crate) fn after_sending(self) -> Self {
        match self {
            Self::Store(error) => Self::StoreAfterSending(error),
            other => other,
        }
    }
}

/// Reasons for rejecting a mint's keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The keyset does not match its id, or is malformed.
    #[error("the keyset is inconsistent")]
    Keyset(#[source] KeysetError),
    /// A key failed screening.
    #[error("a key is unsafe")]
    Screening(#[source] ScreeningError),
    /// The list of keysets breaks a rule, or contradicts the lists that this wallet saw before.
    #[error("the mint's keys could single out this wallet")]
    Rule(#[source] RuleBroken),
    /// The mint published such a list before, and no valid one since.
    #[error("the mint published keys that contradict earlier ones, and has not withdrawn them")]
    Alarm,
    /// The institution or currency differs from the one that this wallet first saw at this URL.
    #[error("the mint at this address has changed its institution or currency")]
    OtherOrigin,
}

impl From<StoreError> for WalletError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<LockError> for WalletError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Entropy => Self::Entropy,
            LockError::Stretch(error) => Self::Stretch(error),
        }
    }
}
