//! The value in circulation, for the operator.

use super::Mint;
use ecash_environment::error_chain;
use ecash_ledger::LedgerError;
use std::sync::Weak;
use std::time::Duration;

/// Rarely, because it scans every entry of the ledger.
const MEASURE_INTERVAL: Duration = Duration::from_secs(600);

impl Mint {
    /// Measures the value of each key's tokens that are issued and not spent.
    ///
    /// # Errors
    /// The ledger's failure; the meters stay as they are.
    pub async fn measure_outstanding(&self) -> Result<(), LedgerError> {
        let measured = self.deps.ledger.keysets.outstanding().await?;
        let keyring = self.keyring();
        // A key that another process published a moment ago is measured next time.
        let known = measured.iter().filter_map(|(key_id, minor)| Some((keyring.key(key_id)?, *minor)));
        let known = known.map(|(entry, minor)| (&entry.keyset.keyset_id, entry.key.denomination, minor));
        self.deps.meters.outstanding(known);
        Ok(())
    }
}

/// Measures until the mint is dropped.
pub async fn measure_outstanding_forever(mint: Weak<Mint>) {
    loop {
        {
            let Some(mint) = mint.upgrade() else { return };
            if let Err(error) = mint.measure_outstanding().await {
                tracing::warn!(
                    error = error_chain(&error),
                    "measuring outstanding value failed; retrying in ten minutes"
                );
            }
        }
        tokio::time::sleep(MEASURE_INTERVAL).await;
    }
}
