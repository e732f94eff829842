//! The wallet engine: what a wallet does, over a [`Store`], a [`MintApi`] and a [`Device`].
//!
//! Invariants of this crate:
//! 1. A plan is durable before its first byte is sent, and is resumed until it ends.
//! 2. Tokens change hands in one storage transition: all of a plan's tokens, or none.
//! 3. A plan is abandoned only before its first send, or after the mint confirmed that it is cancelled.
//! 4. Every output is derived from the seed; its counter is durable before it is used.
//! 5. Reads come from a snapshot in memory that shows exactly what is durable.
//!
//! | module | what it holds |
//! |---|---|
//! | [`Wallet`] | the operations |
//! | [`Guest`] | payments with cash as text, without a wallet |
//! | [`cash_request`] | links that ask another wallet for an amount |
//! | [`checkout_link`] | links to payments, to refunds, and of merchants |
//! | [`selection`] | which tokens pay an amount, and which to swap first |
//! | [`plan`] | operations with a mint, stored before they are sent |
//! | [`store`] | durable state: transitions, records, the store trait |
//! | [`api`] | the mint as the wallet sees it |
//! | [`device`] | time, randomness, pauses, progress, passphrase stretching |

mod activity;
pub mod api;
mod backoff;
mod backup_file;
pub mod cash_request;
pub mod checkout_link;
mod checks;
mod counters;
pub mod device;
mod engine;
mod error;
mod guest;
mod lock;
pub mod plan;
mod seal;
pub mod selection;
mod snapshot;
pub mod store;
#[cfg(feature = "argon2")]
mod stretch;

pub use activity::{Activity, ActivityKind, ActivityState, EndReason, PaidPayment};
pub use api::{ApiError, MintApi};
pub use device::{Device, Progress, Stage};
pub use engine::{Gift, GiftState, Payment, Preview, Received, Restored, Wallet, WordsShown};
pub use error::{EarlierPayment, KeysError, MintFault, ReceiptFault, WalletError};
pub use guest::{Guest, GuestPayment, GuestTokens};
pub use lock::{MIN_PASSPHRASE_CHARS, Unlock};
pub use snapshot::{Balance, HeldToken, MintInfo, TokenCount};
pub use store::{Store, StoreError};
#[cfg(feature = "argon2")]
pub use stretch::stretch;
