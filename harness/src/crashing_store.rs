//! A store whose device dies: after a number of writes it answers nothing but failure.

use ecash_wallet::store::{Change, Record};
use ecash_wallet::{Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A store that dies.
#[derive(Clone)]
pub struct CrashingStore<S> {
    inner: S,
    writes_left: Arc<AtomicI64>,
}

impl<S: Store> CrashingStore<S> {
    /// Dies right after `writes` writes have become durable: the wallet never hears of the last.
    pub fn new(inner: S, writes: u64) -> Self {
        let writes = i64::try_from(writes).unwrap_or(i64::MAX);
        Self { inner, writes_left: Arc::new(AtomicI64::new(writes)) }
    }

    /// Whether it has died.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.writes_left.load(Ordering::Relaxed) <= 0
    }
}

impl<S: Store> Store for CrashingStore<S> {
    async fn load(&self) -> Result<Vec<Record>, StoreError> {
        self.inner.load().await
    }

    async fn apply(&self, change: &Change) -> Result<(), StoreError> {
        let died = || StoreError::Failed("the device died".to_owned());
        match self.writes_left.fetch_sub(1, Ordering::Relaxed) {
            left if left <= 0 => Err(died()),
            1 => self.inner.apply(change).await.and(Err(died())),
            _ => self.inner.apply(change).await,
        }
    }
}
