//! The native SDK of eCash: anonymous digital cash in a SQLite file.
//!
//! A [`Wallet`] withdraws tokens from its account at a mint, pays merchants exact amounts, and receives
//! tokens from others. The mint cannot link a payment to a withdrawal. If a lost connection or a crash
//! interrupts an operation, the next start completes it, so no money is lost.
//!
//! ```no_run
//! use ecash_client::Wallet;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut wallet = Wallet::new("http://localhost:8080".to_owned(), "wallet.db".to_owned())?;
//!     wallet.initialize().await?;
//!
//!     // 100 from the account, in tokens of 10. Amounts are in minor units.
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
//! [`Wallet::recovery_phrase`] returns 12 words. On any machine, [`Wallet::restore`] restores the account and
//! the money from these words alone.
//!
//! # What an error means for the money
//! Every error states what happened to the money. If the mint did not respond, the outcome is unknown: a
//! payment then returns [`WalletError::NotPaidYet`], every other operation [`WalletError::Pending`]. Do not
//! repeat the operation. Call [`Wallet::resume`] instead, which uses the same idempotency key. It completes
//! operations that were committed, retries the others, and cancels a payment that was not committed.
//! [`Wallet::initialize`] does the same at every start.
//!
//! # One program at a time
//! The file is locked until the [`Wallet`] is dropped. Many tasks may call the methods concurrently; the
//! operations run one at a time. All futures are [`Send`].

mod device;
mod error;
mod http;
mod sqlite_store;
mod token;
mod wallet;

pub use device::NativeDevice;
pub use ecash_core::{Amount, Denomination, Money, TransactionId};
pub use ecash_wallet::plan::PlanId;
pub use ecash_wallet::{
    Activity, ActivityKind, ActivityState, Balance, Gift, Payment, Progress, Received, Restored, Stage,
    StoreError, WalletError,
};
pub use error::Error;
pub use http::Http;
pub use sqlite_store::SqliteStore;
pub use token::{AvailableToken, Serial, Token, Value};
pub use wallet::{Engine, Wallet};
