//! The eCash protocol: everything that wallet and mint must agree on, to the byte.
//!
//! No I/O, no clock, no global randomness: time and random bytes are passed in, and the private
//! operation is a trait, so that an HSM can do it. The same code runs natively and as WebAssembly.
//!
//! | module | what it holds |
//! |---|---|
//! | [`rsabssa`] | RFC 9474: blind, blind_sign, finalize, verify, for all four variants |
//! | [`keys`] | denomination keys, keysets, key ids, key proof, screening |
//! | [`token`] | token, token message, blinding in bulk, the text form `ecash1…` |
//! | [`seed`] | BIP-39 seed and everything derived from it |
//! | [`wire`] | JSON of API version 1, and the stable error codes |
//! | [`idempotency`] | claims and request digests |
//! | [`manual`] | why it is built this way, and the attacks it withstands |

pub mod amount;
pub mod base64url;
pub mod idempotency;
pub mod keys;
pub mod manual;
pub mod names;
pub mod rsabssa;
pub mod seed;
pub mod timestamp;
pub mod token;
pub mod wire;

pub use amount::{Amount, AmountError, Denomination, Money};
pub use names::{AccountId, Currency, InstitutionId, KeysetId, Origin, TransactionId};
pub use timestamp::Timestamp;
