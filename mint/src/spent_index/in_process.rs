//! The index of a single mint, in memory.

use super::{IndexState, SpentIndex};
use async_trait::async_trait;
use ecash_core::token::TokenMessage;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// An index in memory: two generations of bounded sets. When the newer set is full it replaces the older one,
/// so that memory is bounded and the newest tokens are always known.
pub struct InProcessIndex {
    /// The newer set, then the older one.
    generations: Mutex<[HashSet<TokenMessage>; 2]>,
    generation_size: usize,
}

impl InProcessIndex {
    /// Creates an index that remembers at least the newest `generation_size` tokens, and at most about twice
    /// as many.
    #[must_use]
    pub fn new(generation_size: usize) -> Self {
        Self { generations: Mutex::default(), generation_size }
    }
}

impl Default for InProcessIndex {
    fn default() -> Self {
        Self::new(250_000)
    }
}

#[async_trait]
impl SpentIndex for InProcessIndex {
    async fn may_be_spent(&self, tokens: &[TokenMessage]) -> Vec<bool> {
        let generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.iter().map(|token| generations.iter().any(|set| set.contains(token))).collect()
    }

    async fn remember(&self, tokens: &[TokenMessage]) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let [new, old] = &mut *generations;
        if new.len() + tokens.len() > self.generation_size {
            *old = std::mem::take(new);
        }
        new.extend(tokens);
    }

    async fn state(&self) -> IndexState {
        IndexState::InProcess
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_generation_is_always_known_and_memory_is_bounded() {
        let index = InProcessIndex::new(10);
        let tokens: Vec<_> = (0..100).map(|i| TokenMessage::new([i; 32])).collect();
        for token in &tokens {
            index.remember(&[*token]).await;
        }
        let known = index.may_be_spent(&tokens).await;
        assert!(known[90..].iter().all(|known| *known));
        assert!(known.iter().filter(|known| **known).count() <= 20);
    }
}
