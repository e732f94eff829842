//! One file per route, named as in `mint/src/http/`: the responses of each route, its errors, and the
//! response to a repeat.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod api_keys;
mod cancel;
mod description;
mod export;
mod feed;
mod health;
mod keys;
mod limits;
mod links;
mod merchant;
mod payments;
mod payouts;
mod play;
mod redeem;
mod refunds;
mod refusal;
mod requests;
mod restore;
mod swap;
mod verify;
mod withdraw;

/// Idempotency keys of the tests.
const KEY: &str = "idempotency-key-000001";
const OTHER_KEY: &str = "idempotency-key-000002";
