//! The text that the page shows for each error of the wallet engine.

use super::{t, tr, with_amount};
use crate::format;
use ecash_core::seed::MnemonicError;
use ecash_core::token::BundleError;
use ecash_core::wire::ErrorCode;
use ecash_wallet::{KeysError, MIN_PASSPHRASE_CHARS, MintFault, ReceiptFault, StoreError, WalletError};

/// Returns the text of an error: what happened to the money, and what to do.
pub(crate) fn error(error: &WalletError) -> String {
    match error {
        WalletError::Store(error) => store(error),
        WalletError::StoreAfterSending(_) => t("error-store-after-sending"),
        WalletError::Entropy => t("error-entropy"),
        WalletError::Locked => t("error-locked"),
        WalletError::DoesNotOpen => t("error-does-not-open"),
        WalletError::BackupFile => t("error-backup-file"),
        WalletError::PassphraseTooShort => {
            tr("error-passphrase-short", [("min", MIN_PASSPHRASE_CHARS.into())])
        }
        WalletError::Stretch(_) => t("error-stretch"),
        WalletError::NoWallet => t("error-no-wallet"),
        WalletError::WalletExists => t("error-wallet-exists"),
        WalletError::OtherWallet => t("error-other-wallet"),
        WalletError::UnfinishedReceipt => t("error-unfinished-receipt"),
        WalletError::NoMint => t("error-no-mint"),
        WalletError::Mnemonic(error) => mnemonic(error),
        WalletError::Keys(KeysError::Rule(_) | KeysError::Alarm) => t("error-keys-differ"),
        WalletError::Keys(_) => t("error-keys"),
        WalletError::NotIssuing => t("error-not-issuing"),
        WalletError::InsufficientFunds { available, wanted } => {
            insufficient_funds(&format::of(available), &format::of(wanted))
        }
        WalletError::NotPayable(money) => with_amount("error-not-payable", &format::of(money)),
        WalletError::TipTooLarge(money) => with_amount("tip-too-large", &format::of(money)),
        WalletError::OtherKeys => t("error-other-keys"),
        WalletError::NotExact { cash, wanted } => {
            tr("error-not-exact", [("cash", format::of(cash).into()), ("wanted", format::of(wanted).into())])
        }
        WalletError::Unanswered => t("error-unanswered"),
        WalletError::Details(_) => t("error-details"),
        WalletError::SumTooLarge(_) => t("error-sum-too-large"),
        WalletError::TooManyTokens(max) => tr("error-too-many-tokens", [("max", (*max).into())]),
        WalletError::Bundle(error) => bundle(error),
        WalletError::OtherMint(origin) => tr("error-other-mint", [("origin", origin.as_str().into())]),
        WalletError::OtherOrigin(origin) => tr("error-other-origin", [("origin", origin.as_str().into())]),
        WalletError::InvalidToken => t("error-invalid-token"),
        WalletError::RevokedKeys => t("error-revoked-received"),
        WalletError::NotAChallenge => t("error-not-a-challenge"),
        WalletError::Receipt(fault) => receipt_fault(*fault),
        WalletError::Refused(problem) => refused(problem.code),
        WalletError::Pending => t("error-pending"),
        WalletError::NotPaidYet(_) => t("error-not-paid-yet"),
        WalletError::EarlierPaymentWaits => t("error-earlier-payment-waits"),
        WalletError::EarlierPaymentMade(earlier) => {
            let merchant = earlier.merchant_id.as_str();
            tr(
                "earlier-payment-made",
                [("amount", format::of(&earlier.money).into()), ("merchant", merchant.into())],
            )
        }
        WalletError::Unreachable => t("error-unreachable"),
        WalletError::Disputed(_) => t("error-disputed"),
        WalletError::MintFault(fault) => tr("error-mint-fault", [("fault", mint_fault(*fault).into())]),
        WalletError::CountersExhausted => t("error-counters-exhausted"),
        WalletError::PlanEnded => t("error-plan-ended"),
    }
}

/// Returns the text of a mint's refusal.
pub(super) fn refused(code: ErrorCode) -> String {
    match code {
        ErrorCode::AccountsClosed => t("error-accounts-closed"),
        ErrorCode::InsufficientBalance => t("error-insufficient-balance"),
        ErrorCode::UnknownMerchant => t("error-unknown-merchant"),
        ErrorCode::LinkUnknown => t("error-link-unknown"),
        ErrorCode::TooManyOpen => t("error-too-many-open"),
        ErrorCode::PaymentUnknown => t("error-payment-unknown"),
        ErrorCode::PaymentPaid | ErrorCode::PaymentOrderPaid => t("checkout-paid-elsewhere"),
        ErrorCode::PaymentCancelled => t("checkout-cancelled"),
        ErrorCode::PaymentExpired => t("checkout-expired"),
        ErrorCode::RefundWrongKey => t("error-refund-wrong-key"),
        ErrorCode::RefundNothingOpen => t("error-refund-nothing-open"),
        ErrorCode::TokenAlreadySpent => t("error-already-spent"),
        ErrorCode::TokenExpired => t("error-expired"),
        ErrorCode::KeyRevoked => t("error-revoked"),
        ErrorCode::KeyNotIssuing => t("error-not-issuing"),
        ErrorCode::Unauthorized => t("error-unauthorized"),
        // Program errors: show the code, for a bug report.
        other => tr("error-refused", [("code", other.as_str().into())]),
    }
}

pub(crate) fn insufficient_funds(available: &str, wanted: &str) -> String {
    tr("error-insufficient-funds", [("available", available.into()), ("wanted", wanted.into())])
}

/// Returns the text for a receipt that does not prove its payment.
pub(crate) fn receipt_fault(fault: ReceiptFault) -> String {
    t(match fault {
        ReceiptFault::Missing => "receipt-missing",
        ReceiptFault::NotSigned(_) => "receipt-not-signed",
        ReceiptFault::Differs => "receipt-differs",
    })
}

/// Returns the fault of the mint as part of a sentence.
fn mint_fault(fault: MintFault) -> String {
    t(match fault {
        MintFault::WrongKeyset => "fault-wrong-keyset",
        MintFault::KeyMissing => "fault-key-missing",
        MintFault::UnusableKey => "fault-unusable-key",
        MintFault::UnreadableResponse => "fault-unreadable",
        MintFault::WrongSignatureCount => "fault-signature-count",
        MintFault::WrongPayment => "fault-wrong-payment",
        MintFault::ValueOverflow => "fault-overflow",
    })
}

fn store(error: &StoreError) -> String {
    match error {
        StoreError::Failed(detail) => tr("error-store-failed", [("detail", detail.as_str().into())]),
        StoreError::Locked => t("error-store-locked"),
        StoreError::TakenOver => t("error-store-taken-over"),
        StoreError::Newer => t("error-store-newer"),
        StoreError::Damaged(record) => tr("error-store-corrupt", [("detail", (*record).into())]),
    }
}

fn mnemonic(error: &MnemonicError) -> String {
    match error {
        MnemonicError::WordCount => t("error-phrase-length"),
        MnemonicError::UnknownWord(number) => tr("error-phrase-word", [("number", (*number).into())]),
        MnemonicError::Checksum => t("error-phrase-checksum"),
    }
}

fn bundle(error: &BundleError) -> String {
    t(match error {
        BundleError::NotABundle => "error-not-a-bundle",
        BundleError::UnknownVersion | BundleError::UnsupportedKind(_) => "error-bundle-version",
        BundleError::Damaged => "error-bundle-damaged",
        BundleError::Limits => "error-bundle-limits",
    })
}
