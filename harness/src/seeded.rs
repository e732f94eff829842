//! Reproducible randomness.

use ecash_environment::{Entropy, EntropyError};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};

/// A random number generator that repeats its output for the same seed: SHA-256 of seed and counter.
#[derive(Debug, Clone)]
pub struct Seeded {
    seed: u64,
    counter: Arc<Mutex<u64>>,
}

impl Seeded {
    /// Creates the generator of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: Arc::default() }
    }

    /// Fills `bytes` with the next random bytes.
    pub fn fill(&self, bytes: &mut [u8]) {
        let mut counter = self.counter.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(32) {
            *counter += 1;
            let hash = Sha256::new()
                .chain_update(self.seed.to_be_bytes())
                .chain_update(counter.to_be_bytes())
                .finalize();
            chunk.iter_mut().zip(hash).for_each(|(byte, random)| *byte = random);
        }
    }

    /// Returns a random number below `end`.
    #[must_use]
    pub fn below(&self, end: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_be_bytes(bytes) % end
    }
}

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        Self::fill(self, bytes);
        Ok(())
    }
}
