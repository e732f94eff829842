//! Sealing the audit log while the mint runs.

use super::Mint;
use crate::error_chain::chain;
use crate::ledger::LedgerError;
use crate::ledger::audit_log::ROWS_PER_SEAL;
use std::sync::Weak;
use std::time::Duration;

/// How often the log is sealed, by whichever process comes first.
const SEAL_EVERY: Duration = Duration::from_secs(1);

impl Mint {
    /// Seals what is not sealed yet. Safe to repeat, and to run in many processes at once.
    ///
    /// # Errors
    /// The ledger's failure; what is sealed stays sealed.
    pub async fn seal(&self) -> Result<(), LedgerError> {
        let Some(key) = &self.parts.seal_key else { return Ok(()) };
        loop {
            let sealed = self.parts.ledger.seal(key, self.now()).await;
            self.parts.meters.sealed(&sealed);
            // As many rows as one seal covers: there may be more.
            if sealed? < u64::from(ROWS_PER_SEAL) {
                return Ok(());
            }
        }
    }
}

/// Seals until the mint is gone. Runs as a task of its own: nothing drops it halfway.
pub async fn seal_forever(mint: Weak<Mint>) {
    let mut failing = false;
    loop {
        tokio::time::sleep(SEAL_EVERY).await;
        let Some(mint) = mint.upgrade() else { return };
        match mint.seal().await {
            Ok(()) => failing = false,
            Err(error) => {
                // Told once, not each second; the rows wait.
                if !std::mem::replace(&mut failing, true) {
                    tracing::error!(error = chain(&error), "the audit log could not be sealed; trying again");
                }
            }
        }
    }
}
