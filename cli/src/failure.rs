//! The errors of commands, and their exit codes.

use ecash_client::{Error, WalletError};
use ecash_core::{Money, MoneyError};
use ecash_environment::program::OutputError;
use ecash_wallet::MintFault;
use std::path::PathBuf;

/// The command failed, and nothing was moved.
pub(crate) const FAILED: u8 = 1;
const PENDING: u8 = 3;
const REFUSED: u8 = 4;
const UNREACHABLE: u8 = 5;
const TOO_LITTLE: u8 = 6;
const NOT_SHOWN: u8 = 7;
const PARTLY: u8 = 8;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no wallet in {0}; create one with: ecash init MINT")]
    NoWallet(PathBuf),
    #[error("{0} already contains a wallet; choose another file with --wallet")]
    WalletExists(PathBuf),
    #[error("cannot access {0}")]
    File(PathBuf, #[source] std::io::Error),
    #[error("neither HOME nor XDG_DATA_HOME is set; choose the wallet file with --wallet")]
    NoHome,
    #[error("cannot read standard input")]
    Input(#[source] std::io::Error),
    #[error("invalid amount")]
    Amount(#[from] MoneyError),
    #[error("{0}")]
    Usage(&'static str),
    #[error("this link belongs to the mint at {0}, but the wallet belongs to another mint")]
    OtherMint(String),
    #[error("nothing was paid")]
    Declined,
    #[error("received, except {0}, which was already spent or has expired")]
    Partly(Money),
    #[error("{0}")]
    Ended(&'static str),
    #[error("no activity {0}; `ecash history` lists all")]
    NoActivity(String),
    #[error("the receipt does not prove the payment: {0}")]
    Receipt(#[source] ecash_wallet::ReceiptFault),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Wallet(#[from] Error),
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        Self::Wallet(error.into())
    }
}

impl Failure {
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Amount(_) => 2,
            // Commands print after moving money, so the money was moved.
            Self::Output(_) => NOT_SHOWN,
            Self::Partly(_) => PARTLY,
            Self::Wallet(Error::Wallet(error)) => match error {
                WalletError::Pending
                | WalletError::NotPaidYet(_)
                | WalletError::EarlierPaymentWaits
                | WalletError::StoreAfterSending(_)
                | WalletError::MintFault(MintFault::UnreadableResponse | MintFault::ValueOverflow)
                | WalletError::Disputed(_) => PENDING,
                WalletError::Refused(_) => REFUSED,
                WalletError::Unreachable => UNREACHABLE,
                WalletError::InsufficientFunds { .. } => TOO_LITTLE,
                _ => FAILED,
            },
            _ => FAILED,
        }
    }
}
