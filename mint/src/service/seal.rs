//! Seals the audit log while the mint runs.

use super::Mint;
use crate::seal_memory::SealMemoryError;
use ecash_environment::error_chain;
use ecash_ledger::LedgerError;
use ecash_ledger::audit_log::ROWS_PER_SEAL;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often a process tries to seal the log.
const SEAL_INTERVAL: Duration = Duration::from_secs(1);
/// After this many attempts in a row that found the lock taken, the lock counts as stuck: no seal takes that
/// long.
const MAX_LOCKED_ATTEMPTS: u32 = 60;

impl Mint {
    /// Seals all unsealed rows. Returns false if another process is sealing. Idempotent; many processes may
    /// run it at the same time.
    ///
    /// # Errors
    /// The ledger's failure; seals that were written before it stay.
    pub async fn seal(&self) -> Result<bool, LedgerError> {
        let Some(key) = &self.deps.seal_key else { return Ok(true) };
        loop {
            match self.deps.ledger.audit_log.seal(key, self.now()).await? {
                None => return Ok(false),
                Some(sealed) => {
                    self.deps.meters.sealed(sealed);
                    // A full seal: there may be more rows.
                    if sealed < u64::from(ROWS_PER_SEAL) {
                        return Ok(true);
                    }
                }
            }
        }
    }
}

impl Mint {
    /// Remembers the newest seal outside the ledger. Returns the error, if any. Stops serving if the ledger
    /// has lost a seal.
    async fn remember_seal(&self) -> Option<String> {
        let memory = self.deps.seal_memory.as_ref()?;
        let error = memory.remember(self.deps.ledger.audit_log.as_ref()).await.err()?;
        if matches!(error, SealMemoryError::Gap(_)) {
            self.ledger_lost.store(true, Ordering::Relaxed);
        }
        Some(error_chain(&error))
    }
}

/// Seals until the mint is dropped. Runs as a separate task, so that no request cancels it halfway.
pub async fn seal_forever(mint: Weak<Mint>) {
    let mut locked_attempts = 0;
    let mut failing = false;
    loop {
        tokio::time::sleep(SEAL_INTERVAL).await;
        let Some(mint) = mint.upgrade() else { return };
        let trouble = match mint.seal().await {
            Ok(true) => {
                locked_attempts = 0;
                mint.remember_seal().await
            }
            Ok(false) => {
                locked_attempts += 1;
                (locked_attempts > MAX_LOCKED_ATTEMPTS)
                    .then(|| "another session holds the sealer's lock".to_owned())
            }
            Err(error) => Some(error_chain(&error)),
        };
        let Some(trouble) = trouble else {
            failing = false;
            continue;
        };
        mint.deps.meters.seal_failed();
        // Logged once, not every second; the rows are sealed later.
        if !std::mem::replace(&mut failing, true) {
            tracing::error!(
                error = trouble,
                "sealing the audit log or remembering its newest seal failed; retrying every second"
            );
        }
    }
}
