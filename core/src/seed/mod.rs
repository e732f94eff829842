//! The seed of a wallet, and everything a wallet must be able to find again from it.

mod derive;
mod mnemonic;

pub use derive::{AccountToken, Chain, RefundSecret, Seed};
pub use mnemonic::{Mnemonic, MnemonicError};
