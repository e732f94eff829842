//! A wallet's device in tests: the test's clock, seeded randomness, no real pauses.

use crate::{Seeded, TestClock};
use ecash_core::Timestamp;
use ecash_environment::Clock as _;
use ecash_wallet::host::NoEntropy;
use ecash_wallet::{Host, Progress};

/// A device.
#[derive(Debug, Clone)]
pub struct Device {
    clock: TestClock,
    random: Seeded,
}

impl Device {
    /// A device with this clock and randomness.
    #[must_use]
    pub const fn new(clock: TestClock, random: Seeded) -> Self {
        Self { clock, random }
    }
}

impl Host for Device {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        self.random.fill(bytes);
        Ok(())
    }

    async fn breathe(&self) {}

    async fn pause(&self, _ms: u32) {
        tokio::task::yield_now().await;
    }

    fn progress(&self, _progress: Progress) {}
}
