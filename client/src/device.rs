//! The wallet engine's view of this machine: clock, random bytes, timers and progress.

use ecash_core::Timestamp;
use ecash_wallet::device::{NoEntropy, StretchCost, StretchError};
use ecash_wallet::{Device, Progress};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// The machine's clock and random generator, and a channel that publishes progress.
#[derive(Debug)]
pub struct NativeDevice {
    progress: watch::Sender<Option<Progress>>,
}

impl NativeDevice {
    pub(crate) fn new() -> Self {
        Self { progress: watch::channel(None).0 }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Option<Progress>> {
        self.progress.subscribe()
    }
}

impl Device for NativeDevice {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_seconds(since_epoch.as_secs())
    }

    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }

    async fn stretch(
        &self,
        passphrase: &str,
        salt: &[u8; 16],
        cost: StretchCost,
    ) -> Result<Zeroizing<[u8; 32]>, StretchError> {
        let (passphrase, salt) = (Zeroizing::new(passphrase.to_owned()), *salt);
        let stretched =
            tokio::task::spawn_blocking(move || ecash_wallet::stretch(&passphrase, &salt, cost)).await;
        stretched.unwrap_or(Err(StretchError::Failed))
    }

    async fn yield_now(&self) {
        tokio::task::yield_now().await;
    }

    async fn pause(&self, ms: u32) {
        tokio::time::sleep(Duration::from_millis(u64::from(ms))).await;
    }

    fn progress(&self, progress: Progress) {
        self.progress.send_replace(Some(progress));
    }
}
