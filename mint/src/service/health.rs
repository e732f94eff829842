//! Health checks: whether each dependency does its work, not only whether it responds.

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
/// How long the last write, successful or not, counts as the ledger's state.
const PROBE_LASTS: Duration = Duration::from_secs(2);
/// How often the ledger's file is compared with the one that was opened.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// Which dependencies work, as `/health` reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Whether the ledger responds and accepts writes. If not, the mint serves nothing.
    pub ledger: bool,
    /// Whether the signer can sign. If not, the mint issues nothing.
    pub signer: bool,
    /// The state of the spent index. If it is down, the mint serves everything, but slower.
    pub spent_index: IndexState,
}

/// Time and result of the last write for a health check.
pub(super) type LastProbe = tokio::sync::Mutex<Option<(Instant, bool)>>;

impl Mint {
    /// Checks ledger, signer and spent index concurrently.
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

    /// Returns whether the ledger accepts writes.
    async fn ledger_accepts_writes(&self) -> bool {
        // 1. Postings are written by the committer only, so nothing is accepted after its task has ended.
        if self.deps.committer.has_stopped() {
            return false;
        }
        // 2. A recent commit is sufficient.
        let write_health = self.deps.committer.write_health();
        if !write_health.has_failed() && write_health.has_written_within(PROBE_LASTS) {
            return true;
        }
        // 3. A recent probe is sufficient too, unless a posting has shown the opposite since. The lock is
        //    held during a probe, so that concurrent checks share one.
        let mut last = self.last_probe.lock().await;
        if let Some((at, accepted)) = *last
            && at.elapsed() < PROBE_LASTS
            && accepted != write_health.has_failed()
        {
            return accepted;
        }
        // 4. Write a probe. A large one after a failure, because a disk that is almost full still accepts a
        //    small one.
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

    /// Returns whether the ledger's file was deleted or replaced. Then nothing is served until a restart.
    #[must_use]
    pub fn has_lost_its_ledger(&self) -> bool {
        self.ledger_lost.load(Ordering::Relaxed)
    }

    /// Checks that the ledger's file is still the one that was opened. After one failure the mint serves
    /// nothing until a restart, because writes to a deleted file are lost.
    pub fn check_ledger_in_place(&self) {
        if let Err(error) = self.deps.ledger.health.check_file_unchanged()
            && !self.ledger_lost.swap(true, Ordering::Relaxed)
        {
            tracing::error!(
                error = error_chain(&error),
                "ledger file lost; returning 503 to all requests until the mint is restarted"
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
