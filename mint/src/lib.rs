//! The mint: signs blinded tokens, redeems tokens, and keeps the ledger.
//!
//! | module | what it holds |
//! |---|---|
//! | [`ledger`] | postings and the databases that keep them; the only place with SQL |
//! | [`keys`] | keysets: making, storing and finding them; verifying tokens |
//! | [`signer`] | the only door to private keys |
//! | [`spent_index`] | the fast path of the double-spending check |
//! | [`live`] | news of accounts for those who wait for them |
//! | [`service`] | the use-cases, from request to committed posting |
//! | [`meters`] | what the operator can watch |
//! | [`http`] | one action per file: extract, call the service, answer |
//! | [`commands`] | what an operator can run |

pub mod commands;
pub mod environment;
mod error_chain;
mod hex;
pub mod http;
pub mod keys;
pub mod ledger;
pub mod live;
mod log;
pub mod meters;
pub mod service;
pub mod settings;
pub mod signer;
pub mod spent_index;
pub mod start;
