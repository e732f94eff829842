//! The native SDK of eCash: anonymous digital cash in a SQLite file.
//!
//! A [`Wallet`] withdraws tokens from its account at a mint, pays merchants exact amounts, and
//! receives tokens from others. The mint cannot tell who paid whom, and whatever is interrupted, by
//! a lost connection or a crash, is finished at the next start: nothing is lost.
//!
//! ```no_run
//! use ecash_client::Wallet;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut wallet = Wallet::new("http://localhost:8080".to_owned(), "wallet.db".to_owned())?;
//!     wallet.initialize().await?;
//!
//!     // 100 from the account, in pieces of 10.
//!     let tokens = wallet.withdraw(100, 10).await?;
//!     println!("withdrew {} tokens, balance {}", tokens.len(), wallet.get_balance()?);
//!
//!     // 20 to the mint's default merchant, or to ECASH_MERCHANT_ID.
//!     println!("paid in {}", wallet.spend(20).await?);
//!     Ok(())
//! }
//! ```
//!
//! # Backup
//! [`Wallet::recovery_phrase`] gives 12 words. On any machine [`Wallet::restore`] finds account and money
//! again from them alone.
//!
//! # What an error means for the money
//! An operation that fails says what happened to the money. The one to know is
//! [`WalletError::Pending`], or [`WalletError::NotPaidYet`] for a payment: the mint did not answer, so
//! nobody knows yet. [`Wallet::resume`] asks again with the same key, as [`Wallet::initialize`] does at every
//! start: what had happened is completed, a payment that had not is taken back.
//!
//! # One program at a time
//! The file is locked while a [`Wallet`] lives. The methods may be called from many tasks at once;
//! they take turns. All futures are [`Send`].

mod device;
mod error;
mod http;
mod sqlite_store;
mod wallet;

pub use device::NativeDevice;
pub use ecash_core::{Amount, Denomination, Money, TransactionId};
pub use ecash_wallet::{
    Activity, ActivityKind, ActivityState, Balance, Payment, Progress, Received, Restored, Stage, StoreError,
    WalletError,
};
pub use error::Error;
pub use http::Http;
pub use sqlite_store::SqliteStore;
pub use wallet::{AvailableToken, Engine, Serial, Token, Value, Wallet};
