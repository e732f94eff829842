//! The fast path of the double-spending check. It decides nothing: a hit is confirmed by one read
//! of the ledger, a miss goes on to the ledger's primary key. Losing, flushing or poisoning it
//! costs time, never money.

mod in_process;
mod redis;

pub use in_process::InProcessIndex;
pub use redis::{RedisIndex, RedisSettings};

use async_trait::async_trait;
use ecash_core::token::TokenMessage;

/// How an index does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexState {
    /// It is in this process.
    InProcess,
    /// It answers.
    Up,
    /// It does not answer; the mint works without it.
    Down,
}

/// Remembers spent tokens, perhaps not all, perhaps wrongly.
#[async_trait]
pub trait SpentIndex: Send + Sync {
    /// Which of these may be spent.
    async fn may_be_spent(&self, tokens: &[TokenMessage]) -> Vec<bool>;
    /// Called after the commit that spent them, never before.
    async fn remember(&self, tokens: &[TokenMessage]);
    /// How it does.
    async fn state(&self) -> IndexState;
}
