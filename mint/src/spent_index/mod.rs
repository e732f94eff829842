//! The fast path of the double-spending check. It decides nothing: a hit is confirmed by one read
//! of the ledger, a miss goes on to the ledger's primary key. Losing, flushing or poisoning it
//! costs time, never money.

use ecash_core::token::TokenMessage;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Remembers spent tokens, perhaps not all, perhaps wrongly.
pub trait SpentIndex: Send + Sync {
    /// Which of these may be spent.
    fn may_be_spent(&self, tokens: &[TokenMessage]) -> Vec<bool>;
    /// Called after the commit that spent them, never before.
    fn remember(&self, tokens: &[TokenMessage]);
}

/// An index in this process: two generations of bounded sets, so that memory is bounded and the
/// newest half always known.
pub struct InProcessIndex {
    generations: Mutex<[HashSet<TokenMessage>; 2]>,
    generation_size: usize,
}

impl InProcessIndex {
    /// Remembers between `generation_size` and twice as many.
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

impl SpentIndex for InProcessIndex {
    fn may_be_spent(&self, tokens: &[TokenMessage]) -> Vec<bool> {
        let generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.iter().map(|token| generations.iter().any(|set| set.contains(token))).collect()
    }

    fn remember(&self, tokens: &[TokenMessage]) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let [new, old] = &mut *generations;
        if new.len() + tokens.len() > self.generation_size {
            *old = std::mem::take(new);
        }
        new.extend(tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_generation_is_always_known_and_memory_is_bounded() {
        let index = InProcessIndex::new(10);
        let tokens: Vec<_> = (0..100).map(|i| TokenMessage::new([i; 32])).collect();
        for token in &tokens {
            index.remember(&[*token]);
        }
        let known = index.may_be_spent(&tokens);
        assert!(known[90..].iter().all(|known| *known));
        assert!(known.iter().filter(|known| **known).count() <= 20);
    }
}
