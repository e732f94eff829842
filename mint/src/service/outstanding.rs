//! Measures the value in circulation, for the operator.

use super::{Mint, ServiceError};
use ecash_core::keys::KeyId;
use ecash_environment::error_chain;
use ecash_ledger::LedgerError;
use std::sync::Weak;
use std::time::Duration;

/// Long, because each measurement scans every entry of the ledger.
const MEASURE_INTERVAL: Duration = Duration::from_secs(600);

impl Mint {
    /// Returns the value of each key's issued and unspent tokens, in minor units.
    ///
    /// # Errors
    /// The ledger's failure.
    pub async fn outstanding_by_key(&self) -> Result<Vec<(KeyId, i64)>, ServiceError> {
        Ok(self.deps.ledger.keysets.outstanding().await?)
    }

    /// Measures the value of each key's issued and unspent tokens.
    ///
    /// # Errors
    /// The ledger's failure; the metrics keep their last values.
    pub async fn measure_outstanding(&self) -> Result<(), LedgerError> {
        let measured = self.deps.ledger.keysets.outstanding().await?;
        let keyring = self.keyring();
        // The keyring may lack keys that another process has just published; they are measured next time.
        let known = measured.iter().filter_map(|(key_id, minor)| Some((keyring.key(key_id)?, *minor)));
        let known: Vec<_> = known.collect();
        for (entry, minor) in known.iter().filter(|(_, minor)| *minor < 0) {
            let (keyset, denomination) = (&entry.keyset.keyset_id, entry.key.denomination.minor());
            tracing::error!(
                %keyset, denomination, outstanding_minor = minor,
                "more tokens of this key were spent than issued: tokens are being forged, unless a gap of the ledger was accepted; run `ecash-mint audit`, and stop the signer if it confirms this"
            );
        }
        let known =
            known.into_iter().map(|(entry, minor)| (&entry.keyset.keyset_id, entry.key.denomination, minor));
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
