//! What can go wrong, in words for the person whose money it is.

use ecash_core::AmountError;
use ecash_wallet::{StoreError, WalletError};

/// Why an operation did not succeed. The message says what happened to the money.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is not a valid mint URL.
    #[error("{address} is no mint's address: expected http(s)://host or http(s)://host:port")]
    Address {
        /// What was given.
        address: String,
    },
    /// `http://` to another machine.
    #[error("{address} would send money unencrypted: use https://")]
    Cleartext {
        /// What was given.
        address: String,
    },
    /// The program is ending. The operation goes on at the next start.
    #[error("the operation was interrupted; it is finished at the next start")]
    Interrupted,
    /// The wallet file cannot be used: unreadable, open in another program, or of a later version.
    #[error("the wallet file {path} cannot be used")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The HTTP client cannot start on this machine.
    #[error("HTTPS cannot be used on this machine")]
    Http(#[source] reqwest::Error),
    /// [`Wallet::initialize`](crate::Wallet::initialize) was not called, or has not read the file.
    #[error("the wallet is not open yet: call initialize() first")]
    NotInitialized,
    /// The number is no amount.
    #[error("this is no amount")]
    Amount(#[source] AmountError),
    /// The mint publishes no default merchant.
    #[error("this mint names no merchant to pay: set ECASH_MERCHANT_ID, or call pay()")]
    NoMerchant,
    /// The text is no merchant's name.
    #[error("{0:?} is no merchant's name")]
    MerchantName(String),
    /// The wallet refused or could not finish; what happened to the money is in the source.
    #[error(transparent)]
    Wallet(#[from] WalletError),
}
