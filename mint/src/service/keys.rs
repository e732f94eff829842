//! Keys that change while the mint runs.

use super::Mint;
use crate::keys::{Keyring, RotationError};
use ecash_environment::error_chain;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often the keys are looked after: replicas hear of each other's keysets within this time, days
/// before they issue.
const TEND_EVERY: Duration = Duration::from_secs(60);
/// How soon it is tried again after it failed, for the part that was missing may be back.
const RETRY_AFTER: Duration = Duration::from_secs(5);

impl Mint {
    /// Announces the next keyset when it is time, ends keysets that are over, and takes up what other
    /// processes did. Safe to repeat, and to run in many processes at once.
    ///
    /// # Errors
    /// [`RotationError`]; the keys in use stay as they are.
    pub async fn rotate_keys(&self) -> Result<(), RotationError> {
        let Some(rotation) = &self.deps.rotation else { return Ok(()) };
        let tended = rotation.run_once().await?;
        self.deps.meters.clock_in_doubt(tended.clock_in_doubt);
        if tended.keysets != self.keyring().keysets() {
            self.set_keyring(Keyring::new(tended.keysets).map_err(RotationError::PublicKey)?);
        }
        tended.trouble.map_or(Ok(()), Err)
    }
}

/// Tends the keys until the mint is gone. Runs as a task of its own: nothing drops it halfway.
pub async fn run_key_rotation(mint: Weak<Mint>) {
    // The start may have gone on without the signer.
    let mut pause = RETRY_AFTER;
    loop {
        tokio::time::sleep(pause).await;
        let Some(mint): Option<Arc<Mint>> = mint.upgrade() else { return };
        pause = match mint.rotate_keys().await {
            Ok(()) => TEND_EVERY,
            Err(error) => {
                tracing::error!(error = error_chain(&error), "key rotation failed; retrying");
                // Time tells whether a clock in doubt was right; everything else may be back in a moment.
                if matches!(error, RotationError::ClockInDoubt { .. }) { TEND_EVERY } else { RETRY_AFTER }
            }
        };
    }
}
