//! Sealing the audit log while the mint runs.

use super::Mint;
use ecash_environment::error_chain;
use ecash_ledger::LedgerError;
use ecash_ledger::audit_log::ROWS_PER_SEAL;
use std::sync::Weak;
use std::time::Duration;

/// How often the log is sealed, by whichever process comes first.
const SEAL_EVERY: Duration = Duration::from_secs(1);
/// After so many times in a row that another process was sealing, none is: somebody holds the lock.
const TOO_OFTEN_ELSEWHERE: u32 = 60;

impl Mint {
    /// Seals what is not sealed yet; false where another process is at it. Safe to repeat, and to run in
    /// many processes at once.
    ///
    /// # Errors
    /// The ledger's failure; what is sealed stays sealed.
    pub async fn seal(&self) -> Result<bool, LedgerError> {
        let Some(key) = &self.deps.seal_key else { return Ok(true) };
        loop {
            match self.deps.ledger.audit_log.seal(key, self.now()).await? {
                None => return Ok(false),
                Some(sealed) => {
                    self.deps.meters.sealed(sealed);
                    // As many rows as one seal covers: there may be more.
                    if sealed < u64::from(ROWS_PER_SEAL) {
                        return Ok(true);
                    }
                }
            }
        }
    }
}

/// Seals until the mint is gone. Runs as a task of its own: nothing drops it halfway.
pub async fn seal_forever(mint: Weak<Mint>) {
    let mut elsewhere = 0;
    let mut failing = false;
    loop {
        tokio::time::sleep(SEAL_EVERY).await;
        let Some(mint) = mint.upgrade() else { return };
        let trouble = match mint.seal().await {
            Ok(true) => {
                elsewhere = 0;
                None
            }
            Ok(false) => {
                elsewhere += 1;
                (elsewhere > TOO_OFTEN_ELSEWHERE).then(|| "somebody holds the sealer's lock".to_owned())
            }
            Err(error) => Some(error_chain(&error)),
        };
        let Some(trouble) = trouble else {
            failing = false;
            continue;
        };
        mint.deps.meters.seal_failed();
        // Told once, not each second; the rows wait.
        if !std::mem::replace(&mut failing, true) {
            tracing::error!(error = trouble, "the audit log could not be sealed; trying again");
        }
    }
}
