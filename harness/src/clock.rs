//! A clock that tests control.

use ecash_core::Timestamp;
use ecash_environment::{Clock, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// 2026-01-01T00:00:00Z
const START_UNIX_SECONDS: u64 = 1_767_225_600;

/// A clock that a test controls. Clones share the time.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicU64>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(START_UNIX_SECONDS)))
    }
}

impl TestClock {
    /// Returns a clock that is stopped at the present time, for tests with wallets that use the machine's
    /// clock.
    pub(crate) fn present() -> Self {
        Self(Arc::new(AtomicU64::new(SystemClock.now().unix_seconds())))
    }

    /// Sets the time, in Unix seconds.
    pub fn set(&self, unix_seconds: u64) {
        self.0.store(unix_seconds, Ordering::Relaxed);
    }

    /// Returns the time, in Unix seconds.
    #[must_use]
    pub fn unix_seconds(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Moves the clock forward by seconds.
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Moves the clock forward by days.
    pub fn advance_days(&self, days: u64) {
        self.0.fetch_add(days * 86_400, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.0.load(Ordering::Relaxed))
    }
}
