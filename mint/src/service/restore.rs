//! Restore: returns blind signatures that were issued before, to a client that can name the outputs.

use super::verify::check_query_count;
use super::{Mint, ServiceError};
use ecash_core::base64url::Base64Url;
use ecash_core::keys::Phase;
use ecash_core::wire::{MAX_RESTORE_ITEMS, OutputHash, RestoreResponse};
use ecash_ledger::OutputRef;

impl Mint {
    /// Returns the stored signature of each output, in order; `None` for an output that was not signed, or
    /// whose key has ended.
    ///
    /// # Errors
    /// [`ErrorCode::TooManyItems`](ecash_core::wire::ErrorCode), or the ledger's failure.
    pub async fn restore(&self, outputs: Vec<OutputHash>) -> Result<RestoreResponse, ServiceError> {
        check_query_count(outputs.len(), MAX_RESTORE_ITEMS)?;
        let keyring = self.keyring();
        let now = self.now();
        let references: Vec<Option<OutputRef>> = outputs
            .iter()
            .map(|output| {
                let entry = keyring.key(&output.key_id).filter(|entry| entry.phase(now) != Phase::Ended)?;
                Some(OutputRef {
                    keyset_id: entry.keyset.keyset_id.clone(),
                    key_id: output.key_id,
                    blinded_hash: output.blinded_hash,
                })
            })
            .collect();
        let known: Vec<_> = references.iter().flatten().cloned().collect();
        let mut found = self.deps.ledger.postings.issued(&known).await?.into_iter();
        let blind_signatures = references
            .iter()
            .map(|reference| reference.as_ref().and_then(|_| found.next().flatten()).map(Base64Url))
            .collect();
        Ok(RestoreResponse { blind_signatures })
    }
}
