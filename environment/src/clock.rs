//! A source of the current time.

use ecash_core::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// A source of the current time. Tests replace it.
pub trait Clock: Send + Sync {
    /// Returns the current time, rounded down to the second.
    fn now(&self) -> Timestamp;

    /// Returns whether this is the machine's clock, which must agree with the database's clock. False for
    /// test clocks.
    fn is_of_this_machine(&self) -> bool {
        false
    }
}

/// The machine's clock. Times before 1970 count as 1970-01-01T00:00:00Z.
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
