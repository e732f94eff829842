//! The eCash protocol: everything on which wallet and mint must agree byte for byte.
//!
//! The crate has no I/O, no clock and no global randomness: callers pass in time and random bytes. The RSA
//! private operation is a trait, so that an HSM can implement it. The same code runs natively and as
//! WebAssembly.
//!
//! | module | contents |
//! |---|---|
//! | [`rsabssa`] | RFC 9474: blind, blind_sign, finalize, verify, for all four variants |
//! | [`keys`] | denomination keys, keysets, key ids, key proofs, screening |
//! | [`token`] | tokens, token messages, blinding in bulk, the text form `ecash1…` |
//! | [`seed`] | the BIP-39 seed and every secret derived from it |
//! | [`api_key`] | the keys of merchants' servers, and their scopes |
//! | [`receipt`] | signed receipts of payments, and the keys that sign them |
//! | [`details`] | what was bought, sealed for the payer |
//! | [`wire`] | JSON types of API version 1, and the stable error codes |
//! | [`denominations`] | amounts as combinations of denominations |
//! | [`idempotency`] | idempotency keys, claims and request digests |
//! | [`manual`] | the reasons for the design, and the attacks it withstands |

pub mod amount;
pub mod api_key;
pub mod base64url;
pub mod denominations;
pub mod details;
pub mod hex;
pub mod idempotency;
pub mod keys;
pub mod manual;
mod money;
pub mod names;
mod plain_text;
pub mod receipt;
pub mod refund;
pub mod rsabssa;
pub mod seed;
mod serial;
pub mod timestamp;
pub mod token;
pub mod wire;

pub use amount::{Amount, AmountError, Denomination};
pub use money::{Money, MoneyError};
pub use names::{
    AccountId, ApiKeyId, Currency, EndpointId, InstitutionId, KeysetId, LinkId, Origin, PaymentId, PayoutId,
    RefundId, TransactionId, host_of,
};
pub use plain_text::{is_localhost, is_plain_line, is_short_line, plain_line_of, spreadsheet_text};
pub use timestamp::Timestamp;
