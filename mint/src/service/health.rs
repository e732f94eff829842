//! Health: whether the dependencies of the mint do their work, not only whether they respond.

use super::Mint;
use crate::spent_index::IndexState;
use ecash_environment::error_chain;
use ecash_ledger::{LedgerError, WriteProbe};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

/// A dependency that misses this timeout counts as down.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a write, or a failed attempt, counts as the ledger's state.
const PROBE_LASTS: Duration = Duration::from_secs(2);
/// How often the ledger's file is compared with the one that was opened.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// Which dependencies work, as `/health` reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Responds and accepts writes. Without it the mint serves nothing.
    pub ledger: bool,
    /// Without it the mint issues nothing.
    pub signer: bool,
    /// Without it the mint serves everything, slower.
    pub spent_index: IndexState,
}

/// The last attempt to write to the ledger for a health check.
pub(super) type LastProbe = tokio::sync::Mutex<Option<(Instant, bool)>>;

impl Mint {
    /// Whether ledger, signer and spent index work.
    pub async fn health(&self) -> Health {
        let deps = &self.deps;
        let in_time = |answered: Result<bool, Elapsed>| answered.unwrap_or(false);
        let ledger = timeout(HEALTH_TIMEOUT, async {
            !self.has_lost_its_ledger()
                && deps.ledger.health.ping().await.is_ok()
                && self.ledger_accepts_writes().await
        });
        let signer = timeout(HEALTH_TIMEOUT, async { deps.signer.ping().await.is_ok() });
        let (ledger, signer, spent_index) = tokio::join!(ledger, signer, deps.spent_index.state());
        Health { ledger: in_time(ledger), signer: in_time(signer), spent_index }
    }

    /// Whether the ledger accepts writes: a commit of a moment ago is proof enough; else one row is written, for all
    /// who ask meanwhile. After a failure the probe is larger, because a disk that is almost full still takes a small
    /// one.
    async fn ledger_accepts_writes(&self) -> bool {
        let write_health = self.deps.committer.write_health();
        if !write_health.has_failed() && write_health.has_written_within(PROBE_LASTS) {
            return true;
        }
        let mut last = self.last_probe.lock().await;
        if let Some((at, accepted)) = *last
            && at.elapsed() < PROBE_LASTS
            && accepted != write_health.has_failed()
        {
            return accepted;
        }
        let size = if write_health.has_failed() { WriteProbe::Large } else { WriteProbe::Small };
        let ledger = self.deps.ledger.clone();
        // In a separate task, so that the timeout does not cancel a transaction halfway.
        let probe = tokio::spawn(async move { ledger.health.probe_write(size).await });
        let accepted = match timeout(HEALTH_TIMEOUT, probe).await {
            Ok(Ok(Ok(()))) => {
                write_health.succeeded();
                true
            }
            Ok(Ok(Err(error))) => {
                write_health.failed(&error);
                false
            }
            Ok(Err(_)) | Err(_) => {
                write_health.failed(&LedgerError::TimedOut("a probing write"));
                false
            }
        };
        *last = Some((Instant::now(), accepted));
        accepted
    }

    /// Whether the ledger's file was deleted or replaced; then nothing is served until a restart.
    #[must_use]
    pub fn has_lost_its_ledger(&self) -> bool {
        self.ledger_lost.load(Ordering::Relaxed)
    }

    /// Looks whether the ledger's file is still the one that was opened. Once it is not, the mint stays stopped: what
    /// is written to a deleted file is lost.
    pub fn check_ledger_in_place(&self) {
        if let Err(error) = self.deps.ledger.health.check_in_place()
            && !self.ledger_lost.swap(true, Ordering::Relaxed)
        {
            tracing::error!(
                error = error_chain(&error),
                "answering 503 to everything until the mint is restarted"
            );
        }
    }
}

/// Watches the ledger's file until the mint is dropped.
pub async fn watch_ledger_forever(mint: Weak<Mint>) {
    loop {
        tokio::time::sleep(WATCH_INTERVAL).await;
        let Some(mint): Option<Arc<Mint>> = mint.upgrade() else { return };
        mint.check_ledger_in_place();
    }
}
