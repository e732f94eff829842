//! What is in circulation, for the operator.

use super::Mint;
use ecash_environment::error_chain;
use ecash_ledger::LedgerError;
use std::sync::Weak;
use std::time::Duration;

/// It reads every entry of the ledger, so not often.
const MEASURE_EVERY: Duration = Duration::from_secs(600);

impl Mint {
    /// Measures what of each key is issued and not spent.
    ///
    /// # Errors
    /// The ledger's failure; the meters stay as they are.
    pub async fn measure_outstanding(&self) -> Result<(), LedgerError> {
        let measured = self.deps.ledger.keysets.outstanding().await?;
        let keyring = self.keyring();
        // A key that another process announced a moment ago is measured next time.
        let known = measured.iter().filter_map(|(key_id, minor)| Some((keyring.key(key_id)?, *minor)));
        let known = known.map(|(entry, minor)| (&entry.keyset.keyset_id, entry.key.denomination, minor));
        self.deps.meters.outstanding(known);
        Ok(())
    }
}

/// Measures until the mint is gone.
pub async fn measure_outstanding_forever(mint: Weak<Mint>) {
    loop {
        {
            let Some(mint) = mint.upgrade() else { return };
            if let Err(error) = mint.measure_outstanding().await {
                tracing::warn!(error = error_chain(&error), "what is outstanding could not be measured");
            }
        }
        tokio::time::sleep(MEASURE_EVERY).await;
    }
}
