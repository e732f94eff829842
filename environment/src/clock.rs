//! The current time.

use ecash_core::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the current time.
pub trait Clock: Send + Sync {
    /// The current time, to the second.
    fn now(&self) -> Timestamp;

    /// Whether this is the machine's own clock, which must agree with the database's. A test's clock is not.
    fn is_of_this_machine(&self) -> bool {
        false
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_seconds(since_epoch.as_secs())
    }

    fn is_of_this_machine(&self) -> bool {
        true
    }
}
