//! Tokens: their message, blinding and unblinding in bulk, and their text form.

mod blinding;
mod bundle;
mod message;
mod opening;

pub use crate::seed::OutputName;
pub use crate::serial::Serial;
pub use blinding::{InvertedOutputs, Output, PendingOutputs};
pub use bundle::{BundleError, MAX_BUNDLE_TOKENS, MAX_MEMO_LEN, TokenBundle};
pub use message::{BlindedHash, Token, TokenKind, TokenMessage, UnsupportedKind};
pub use opening::Opening;
