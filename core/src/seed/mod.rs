//! The seed of a wallet, and every secret that a wallet must be able to derive from it again.

mod derive;
mod mnemonic;

pub use derive::{AccountToken, Chain, OutputName, RefundSecret, Seed};
pub use mnemonic::{Mnemonic, MnemonicError};
