//! Why an operation did not succeed, as data. An application shows each variant in its own words; the `Display` texts are
//! for logs and for programs without a table of texts. Each says first what happened to the money.

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

/// Why an operation did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The store could not be read or written. Nothing was sent.
    #[error("the wallet's storage failed; nothing was sent")]
    Store(#[source] StoreError),
    /// A request was sent and its outcome could not be stored. The plan is kept: [`resume`] asks the mint what happened,
    /// and no payment is sent until it has.
    ///
    /// [`resume`]: crate::Wallet::resume
    #[error(
        "the request was sent, but its outcome could not be stored; nothing is lost, and the wallet asks the mint again: do not repeat it"
    )]
    StoreAfterSending(#[source] StoreError),
    /// The device returned no random bytes. Nothing was sent.
    #[error("this device returned no random numbers; nothing was sent")]
    Entropy,
    /// A passphrase protects the wallet on this device. Nothing was read.
    #[error("the wallet is locked; its passphrase opens it")]
    Locked,
    /// This passphrase, or this recovery phrase, does not open the wallet on this device. Nothing was changed.
    #[error("this does not open the wallet; nothing was changed")]
    DoesNotOpen,
    /// The new passphrase has fewer than [`crate::MIN_PASSPHRASE_CHARS`] characters. Nothing was changed.
    #[error("the passphrase is too short; nothing was changed")]
    PassphraseTooShort,
    /// The device could not compute with the passphrase. Nothing was changed.
    #[error("{0}; nothing was changed")]
    Stretch(#[source] StretchError),
    /// The store holds no wallet. [`Wallet::create`](crate::Wallet::create) makes one.
    #[error("there is no wallet on this device yet")]
    NoWallet,
    /// The store holds a wallet already. It was not changed.
    #[error("there is a wallet on this device already")]
    WalletExists,
    /// The store holds a wallet with another recovery phrase, which has been used. It was not changed.
    #[error("another wallet is on this device and has been used; nothing was changed")]
    OtherWallet,
    /// Received tokens are not swapped yet, and exist only in this wallet's plan. Nothing was removed.
    #[error("received tokens are not swapped yet; nothing was removed: resume first")]
    UnfinishedReceipt,
    /// A sum of what the wallet holds is too large for an amount. Nothing was changed.
    #[error("the wallet holds more than it can count; nothing was changed")]
    SumTooLarge(#[source] AmountError),
    /// No mint is connected.
    #[error("the wallet is not connected to a mint")]
    NoMint,
    /// The text is not a recovery phrase.
    #[error("{0}")]
    Mnemonic(#[source] MnemonicError),
    /// The mint's keys failed a check. Nothing was sent.
    #[error("the mint's keys failed the safety check; no money was moved")]
    Keys(#[source] KeysError),
    /// No keyset of the mint issues now.
    #[error("the mint does not issue tokens now; try again later")]
    NotIssuing,
    /// The spendable tokens are worth less than the amount.
    #[error("the wallet holds {available}, less than the {wanted} asked for")]
    InsufficientFunds {
        /// The value of all spendable tokens.
        available: Money,
        /// The amount to pay.
        wanted: Money,
    },
    /// No combination of denominations gives this amount.
    #[error("{0} cannot be paid in this mint's denominations")]
    NotPayable(Money),
    /// The tip is above the most that the merchant accepts, which is this amount.
    #[error("the tip is at most {0}; nothing was sent")]
    TipTooLarge(Money),
    /// The shop that asks for a payment sees other keys of the mint than this wallet.
    #[error("the shop and this wallet see different keys of the mint; nothing was sent")]
    OtherKeys,
    /// Cash as text that is not worth exactly what a payment asks for. Nothing was spent.
    #[error("this cash is worth {cash}, and the payment asks for exactly {wanted}; nothing was spent")]
    NotExact {
        /// What the cash is worth.
        cash: Money,
        /// What the payment asks for.
        wanted: Money,
    },
    /// The mint did not answer to cash as text: it may have paid, or not. Sending it again pays once.
    #[error("the mint did not answer; try again with the same cash, which pays once")]
    Unanswered,
    /// The details in the shop's link are not those of its payment.
    #[error("{0}; nothing was sent")]
    Details(#[from] DetailsError),
    /// The amount needs more tokens than one request may carry, which is this number.
    #[error("this needs more than {0} tokens at once; use a smaller amount")]
    TooManyTokens(usize),
    /// The text is not a token bundle.
    #[error("{0}")]
    Bundle(#[source] BundleError),
    /// The tokens were issued by another mint or in another currency.
    #[error("these tokens were issued by another mint: {0}")]
    OtherMint(String),
    /// The stored wallet belongs to another mint's address; nothing was sent.
    #[error("this wallet belongs to the mint at {0}; nothing was sent")]
    OtherOrigin(String),
    /// A token's signature does not verify, or its key is unknown.
    #[error("a token in this text is not valid")]
    InvalidToken,
    /// The mint has revoked the keys of received tokens. Only the wallet that they were issued to can bring them back.
    #[error(
        "the mint has revoked the keys of these tokens; nothing was received: ask the sender to take them back and send others"
    )]
    RevokedKeys,
    /// The text is not a shop's question. Nothing was signed.
    #[error("this is not the question of a shop; nothing was signed")]
    NotAChallenge,
    /// The payment cannot be proved.
    #[error("the payment cannot be proved: {0}")]
    Receipt(#[source] ReceiptFault),
    /// The mint refused the request. The money is where it was.
    #[error("the mint refused: {}; the money is where it was", .0.title)]
    Refused(Box<Problem>),
    /// The mint did not answer. The plan is kept, and [`resume`](crate::Wallet::resume) completes it.
    #[error("the mint did not answer; nothing is lost, and the wallet completes this when the mint is back")]
    Pending,
    /// The mint did not answer a payment: whether it was made is unknown. The plan is kept until [`Wallet::confirm`] or
    /// [`Wallet::cancel`] settles it.
    ///
    /// [`Wallet::confirm`]: crate::Wallet::confirm
    /// [`Wallet::cancel`]: crate::Wallet::cancel
    #[error(
        "not paid yet: the mint did not answer; the money is reserved until the payment is confirmed or cancelled"
    )]
    NotPaidYet(PlanId),
    /// An earlier payment is unsettled and the mint does not answer. Nothing was sent for the new one.
    #[error("an earlier payment is not settled yet, and the mint does not answer; nothing new was paid")]
    EarlierPaymentWaits,
    /// An earlier, unsettled payment turned out to have been made. Nothing was sent for the new one.
    #[error("the earlier payment was made; nothing new was paid")]
    EarlierPaymentMade(EarlierPayment),
    /// The mint does not answer. Nothing was begun.
    #[error("the mint cannot be reached; nothing was sent")]
    Unreachable,
    /// The mint returned invalid blind signatures, also when it was asked again. The plan is kept as disputed, with its
    /// inputs and the mint's response as evidence.
    #[error(
        "the mint returned invalid signatures; the missing value is kept as disputed, with the mint's response as evidence"
    )]
    Disputed(PlanId),
    /// The mint broke the protocol; what it answered was not used.
    #[error("the mint broke the protocol: {0}")]
    MintFault(#[source] MintFault),
    /// Too many outputs of one key are unsettled; a restore would not find later ones.
    #[error("too many unfinished operations; let them finish first")]
    CountersExhausted,
    /// The plan was completed or abandoned before.
    #[error("this operation has already ended")]
    PlanEnded,
}

/// Why a payment cannot be proved by its receipt. The payment itself stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// The mint gave none.
    #[error("the mint gave no receipt")]
    Missing,
    /// The mint's keys do not confirm it.
    #[error("the receipt is not confirmed by the mint's keys")]
    NotSigned(#[source] ReceiptError),
    /// It states something else than the person saw and paid.
    #[error("the receipt states something else than what was paid")]
    Differs,
}

/// How a mint broke the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MintFault {
    /// A keyset other than the requested one.
    #[error("it returned a keyset that was not asked for")]
    WrongKeyset,
    /// A key that it published before, and this wallet used, is missing from its keysets.
    #[error("it no longer publishes a key that this wallet used")]
    KeyMissing,
    /// A key with which tokens cannot be blinded.
    #[error("its key cannot be used for blinding")]
    UnusableKey,
    /// A stored response that does not parse as the response of its route.
    #[error("its stored response is not a response of this operation")]
    UnreadableResponse,
    /// More or fewer blind signatures than outputs.
    #[error("it returned a different number of blind signatures than requested")]
    WrongSignatureCount,
    /// A payment other than the requested one, or in another currency.
    #[error("it returned a payment that was not asked for")]
    WrongPayment,
    /// A value above the largest amount.
    #[error("it issued more value than an amount can hold")]
    ValueOverflow,
}

/// A payment that had waited and was found to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierPayment {
    /// The merchant account that was paid.
    pub merchant_id: AccountId,
    /// The amount paid.
    pub money: Money,
}

/// The error of an answer whose amounts do not add up.
pub(crate) const fn overflow() -> WalletError {
    WalletError::MintFault(MintFault::ValueOverflow)
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

/// Why a mint's keys were refused.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The keyset does not match its own id, or is malformed.
    #[error("the keyset is not consistent")]
    Keyset(#[source] KeysetError),
    /// A key failed the screening.
    #[error("a key is unsafe")]
    Screening(#[source] ScreeningError),
    /// The list of keysets breaks a rule, or differs from what this wallet saw before.
    #[error("its keys could single this wallet out")]
    Rule(#[source] RuleBroken),
    /// The mint showed such a list before, and no proper one since.
    #[error("the mint showed other keys than before, and has not taken that back")]
    Alarm,
    /// Institution or currency differ from those this wallet saw first at this address.
    #[error("the mint at this address has another name or currency than before")]
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
