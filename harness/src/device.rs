//! A wallet's device for tests: the test's clock, seeded randomness, and pauses that only yield.

use crate::{Seeded, TestClock};
use ecash_core::Timestamp;
use ecash_environment::Clock as _;
use ecash_wallet::device::{NoEntropy, StretchCost, StretchError};
use ecash_wallet::{Device, Progress};
use zeroize::Zeroizing;

/// A wallet's device whose clock and randomness the test controls.
#[derive(Debug, Clone)]
pub struct TestDevice {
    clock: TestClock,
    random: Seeded,
}

impl TestDevice {
    /// Creates a device with this clock and randomness.
    #[must_use]
    pub const fn new(clock: TestClock, random: Seeded) -> Self {
        Self { clock, random }
    }
}

impl Device for TestDevice {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        self.random.fill(bytes);
        Ok(())
    }

    async fn stretch(
        &self,
        passphrase: &str,
        salt: &[u8; 16],
        cost: StretchCost,
    ) -> Result<Zeroizing<[u8; 32]>, StretchError> {
        ecash_wallet::stretch(passphrase, salt, cost)
    }

    async fn yield_now(&self) {}

    async fn pause(&self, _ms: u32) {
        tokio::task::yield_now().await;
    }

    fn progress(&self, _progress: Progress) {}
}
