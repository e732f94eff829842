//! The fast path of the double-spending check: an index of spent tokens. It decides nothing. A hit is
//! confirmed by a read of the ledger, and after a miss the ledger's primary key decides at the commit. An
//! index that is lost, flushed or poisoned costs time, never money.

mod in_process;
mod redis;

pub use in_process::InProcessIndex;
pub use redis::{RedisIndex, RedisSettings};

use async_trait::async_trait;
use ecash_core::token::TokenMessage;

/// The state of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexState {
    /// The index is in this process, and cannot fail.
    InProcess,
    /// Redis responds.
    Up,
    /// Redis does not respond; the mint works without the index.
    Down,
}

/// A cache of spent tokens. It may forget tokens, and in the worst case report unspent ones as spent.
#[async_trait]
pub trait SpentIndex: Send + Sync {
    /// Returns which of these tokens are reported as spent, in order. All false if the index is down.
    async fn may_be_spent(&self, tokens: &[TokenMessage]) -> Vec<bool>;
    /// Adds tokens. Must be called after the commit that spent them, never before. Failures are ignored.
    async fn remember(&self, tokens: &[TokenMessage]);
    /// Checks whether the index works.
    async fn state(&self) -> IndexState;
}
