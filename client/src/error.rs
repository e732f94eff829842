//! Errors of the SDK, with messages for the owner of the wallet.

use ecash_core::AmountError;
use ecash_wallet::{StoreError, WalletError};

/// Errors of the SDK. The message, with its sources, states what happened to the money.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is not a valid mint URL. Nothing was opened or sent.
    #[error("{address:?} is not a valid mint URL: expected http(s)://host or http(s)://host:port")]
    Address {
        /// The rejected address.
        address: String,
    },
    /// The address is `http://` on another machine, so tokens could be read on the network. Nothing was
    /// opened or sent.
    #[error("{address} would send money unencrypted: use https://")]
    Cleartext {
        /// The rejected address.
        address: String,
    },
    /// The async runtime is shutting down, or the operation panicked. The next start resumes the operation.
    #[error("the operation was interrupted; the next start completes it")]
    Interrupted,
    /// The wallet file cannot be read, is open in another program, or was written by a later version. Nothing
    /// was sent.
    #[error("the wallet file {path} cannot be used")]
    File {
        /// Path of the file.
        path: String,
        /// Why the file cannot be used.
        #[source]
        source: StoreError,
    },
    /// The HTTP client could not be created, for example because the system has no TLS certificates.
    #[error("the HTTP client could not be created")]
    Http(#[source] reqwest::Error),
    /// [`Wallet::initialize`](crate::Wallet::initialize) was not called yet, or failed to read the file.
    #[error("the wallet is not open yet; call initialize() first")]
    NotInitialized,
    /// A number exceeds the largest amount, or a denomination is zero. Nothing was sent.
    #[error("invalid amount")]
    Amount(#[source] AmountError),
    /// `ECASH_MERCHANT_ID` is not set and the mint publishes no default merchant. Nothing was sent.
    #[error("this mint publishes no default merchant; set ECASH_MERCHANT_ID or call pay()")]
    NoMerchant,
    /// The text is not a valid merchant id. Nothing was sent.
    #[error("{0:?} is not a valid merchant id")]
    MerchantName(String),
    /// The wallet rejected the operation or could not finish it. The message states what happened to the
    /// money.
    #[error(transparent)]
    Wallet(#[from] WalletError),
}
