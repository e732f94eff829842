//! Tokens: what they are, how they are blinded and unblinded in bulk, and their text form.

mod blinding;
mod bundle;
mod message;

pub use blinding::{InvertedOutputs, Output, OutputName, PendingOutputs};
pub use bundle::{BundleError, MAX_BUNDLE_TOKENS, MAX_MEMO_LEN, TokenBundle};
pub use message::{Serial, Token, TokenKind, TokenMessage, UnsupportedKind};
