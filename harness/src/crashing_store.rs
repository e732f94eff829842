//! A store whose device crashes: after a given number of writes, every further write fails.

use ecash_wallet::store::{Change, Record};
use ecash_wallet::{Store, StoreError};
use std::sync::atomic::{AtomicU64, Ordering};

/// Wraps a store and can simulate a crash of its device.
pub struct CrashingStore<S> {
    inner: S,
    writes_left: AtomicU64,
}

impl<S: Store> CrashingStore<S> {
    /// Wraps a store, which works until [`Self::die_after`] is called.
    pub const fn new(inner: S) -> Self {
        Self { inner, writes_left: AtomicU64::new(u64::MAX) }
    }

    /// Makes the device crash directly after `writes` more writes are durable. The last of them returns an
    /// error nevertheless.
    pub fn die_after(&self, writes: u64) {
        self.writes_left.store(writes, Ordering::Relaxed);
    }

    /// Returns whether the device has crashed.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.writes_left.load(Ordering::Relaxed) == 0
    }
}

impl<S: Store> Store for CrashingStore<S> {
    async fn load(&self) -> Result<Vec<Record>, StoreError> {
        self.inner.load().await
    }

    async fn apply(&self, change: &Change) -> Result<(), StoreError> {
        let died = || StoreError::Failed("the device crashed".to_owned());
        let left =
            self.writes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match left {
            Err(_) => Err(died()),
            Ok(1) => self.inner.apply(change).await.and(Err(died())),
            Ok(_) => self.inner.apply(change).await,
        }
    }
}
