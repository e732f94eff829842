//! Why a command failed, and its exit code.

use ecash_client::{Error, WalletError};
use ecash_core::{Money, MoneyError};
use ecash_environment::program::OutputError;
use ecash_wallet::MintFault;
use std::path::PathBuf;

/// Failed, and nothing was moved.
pub(crate) const FAILED: u8 = 1;
const PENDING: u8 = 3;
const REFUSED: u8 = 4;
const UNREACHABLE: u8 = 5;
const TOO_LITTLE: u8 = 6;
const NOT_SHOWN: u8 = 7;
const PARTLY: u8 = 8;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("there is no wallet in {0}; make one with: ecash init MINT")]
    NoWallet(PathBuf),
    #[error("there is a wallet in {0} already; name another file with --wallet")]
    WalletExists(PathBuf),
    #[error("{0} cannot be used")]
    File(PathBuf, #[source] std::io::Error),
    #[error("name the wallet's file with --wallet: neither HOME nor XDG_DATA_HOME is set")]
    NoHome,
    #[error("standard input cannot be read")]
    Input(#[source] std::io::Error),
    #[error("the amount is not valid")]
    Amount(#[from] MoneyError),
    #[error("{0}")]
    Usage(&'static str),
    #[error("this link is for the mint at {0}, and the wallet is at another")]
    OtherMint(String),
    #[error("nothing was paid")]
    Declined,
    #[error("received, except {0}, which had been spent before")]
    Partly(Money),
    #[error("{0}")]
    Ended(&'static str),
    #[error("there is no activity {0}; `ecash history` shows all")]
    NoActivity(String),
    #[error("the receipt proves nothing: {0}")]
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
            // Commands move money before they print.
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
