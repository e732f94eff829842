//! The seed of a wallet, and every secret that is derived from it.

mod derive;
mod mnemonic;
mod spelling;

pub use derive::{AccountToken, Chain, OutputName, RefundSecret, Seed};
pub use mnemonic::{Mnemonic, MnemonicError};
pub use spelling::{Spelling, check_spelling};
