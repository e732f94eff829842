//! Receipts: the mint's signed statement that a payment was paid or refunded, which anyone can verify at any
//! time without contacting the mint (protocol §5).

mod canonical;
mod document;
mod keys;

pub use document::{ReceiptBody, ReceiptError, RefundReceiptBody, SignedReceipt};
pub use keys::{ReceiptKey, ReceiptKeyId, check_chain, successor_message};
