//! The mint: signs blinded tokens, redeems tokens, and keeps the ledger.
//!
//! | module | what it holds |
//! |---|---|
//! | [`commands`] | the commands of `ecash-mint` |
//! | [`start`], [`settings`] | reading settings, assembling a mint, rejecting unsafe configurations |
//! | [`http`] | one action per file: extract, call the service, respond |
//! | [`service`] | the use cases, from request to committed posting |
//! | [`keys`] | keysets: rotating and finding them; verifying tokens |
//! | [`spent_index`] | the fast path of the double-spending check |
//! | [`events`] | events that notify the subscribers of an account |
//! | [`webhooks`] | signatures of webhooks, and the addresses they may be sent to |
//! | [`dispatcher`] | sending webhooks, and checking the domains of merchants |
//! | [`receipts`] | the key that signs receipts |
//! | [`seal_memory`] | remembers the newest seal of the audit log outside the ledger |
//! | [`meters`] | metrics for the operator |
//!
//! [`ecash_ledger`] stores all value, and [`ecash_signer`] uses the private keys.

pub mod commands;
pub mod dispatcher;
pub mod events;
pub mod http;
pub mod keys;
pub mod meters;
pub mod receipts;
pub mod seal_memory;
pub mod service;
pub mod settings;
pub mod spent_index;
pub mod start;
pub mod webhooks;
