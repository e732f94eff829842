//! Key rotation while the mint runs.

use super::Mint;
use crate::keys::{Keyring, RotationError};
use ecash_environment::error_chain;
use ecash_ledger::LedgerError;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often keys are rotated. Within this time replicas load each other's keysets, which are published days
/// before they issue.
const ROTATION_INTERVAL: Duration = Duration::from_secs(60);
/// How soon a failed rotation is retried.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

impl Mint {
    /// Publishes the next keyset when it is due, ends expired ones, and loads what other processes published.
    /// Idempotent; many processes may run it at the same time.
    ///
    /// # Errors
    /// [`RotationError`]; the keys in use stay as they are.
    pub async fn rotate_keys(&self) -> Result<(), RotationError> {
        let Some(rotation) = &self.deps.rotation else { return Ok(()) };
        self.refresh_receipt_keys().await.map_err(RotationError::Ledger)?;
        let outcome = rotation.run_once().await?;
        self.deps.meters.clock_in_doubt(outcome.clock_in_doubt);
        if outcome.keysets != self.keyring().keysets() {
            self.set_keyring(Keyring::new(outcome.keysets).map_err(RotationError::PublicKey)?);
        }
        outcome.trouble.map_or(Ok(()), Err)
    }
}

impl Mint {
    /// Loads receipt keys that the operator added, and warns until this mint is restarted with the newest.
    async fn refresh_receipt_keys(&self) -> Result<(), LedgerError> {
        let Some(receipts) = &self.deps.receipts else { return Ok(()) };
        if let Some(end) = receipts.refresh(self.deps.ledger.receipt_keys.as_ref()).await? {
            tracing::warn!(%end, "the ledger names a newer receipt key; set RECEIPT_KEY_FILE to it before `end`, or payments will fail");
        }
        Ok(())
    }
}

/// Rotates keys until the mint is dropped. Runs as a separate task, so that no request cancels it halfway.
pub async fn run_key_rotation(mint: Weak<Mint>) {
    // Short at first, because the mint may have started while its signer was down.
    let mut pause = RETRY_INTERVAL;
    loop {
        tokio::time::sleep(pause).await;
        let Some(mint): Option<Arc<Mint>> = mint.upgrade() else { return };
        pause = match mint.rotate_keys().await {
            Ok(()) => ROTATION_INTERVAL,
            Err(error) => {
                tracing::error!(error = error_chain(&error), "key rotation failed; retrying");
                // A doubt about the clock is resolved within a day or by the operator; other failures may be
                // brief.
                if matches!(error, RotationError::ClockInDoubt { .. }) {
                    ROTATION_INTERVAL
                } else {
                    RETRY_INTERVAL
                }
            }
        };
    }
}
