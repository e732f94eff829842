//! Where private keys come from: this process makes them, or a ceremony did.

use super::{KeysetPlan, MakeError, MissingKeys, RotationError, plan_keyset, publish_keyset};
use async_trait::async_trait;
use ecash_core::Timestamp;
use ecash_core::keys::{Keyset, Phase};
use ecash_ledger::{Keysets, LedgerIdentity, StoredKeyset};
use ecash_signer::{KeyFiles, Signer, SoftwareSigner, generate_keys};
use std::sync::Arc;

/// How long before it takes over a keyset is announced.
const ANNOUNCE_DAYS: u64 = 7;

/// A source of keysets.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// Publishes the keyset after `existing`, if it is time and there is one; whether it did.
    async fn publish_next(
        &self,
        ledger: &dyn Keysets,
        existing: &[StoredKeyset],
        now: Timestamp,
    ) -> Result<bool, RotationError>;

    /// Makes the private keys of every keyset that issues or will usable; an error names the first that
    /// cannot be.
    async fn load(&self, keysets: &[StoredKeyset], now: Timestamp) -> Result<(), RotationError>;
}

/// Whether the next keyset is needed: none issues, or the last that does ends within 7 days and has no
/// successor yet.
fn is_due(keysets: &[StoredKeyset], now: Timestamp) -> bool {
    keysets.last().is_none_or(|last| {
        let dates = last.keyset.dates;
        dates.valid_from <= now && now.plus_days(ANNOUNCE_DAYS) >= dates.issue_until
    })
}

/// Those that sign now or will.
fn that_sign(keysets: &[StoredKeyset], now: Timestamp) -> impl Iterator<Item = &Keyset> {
    keysets
        .iter()
        .filter(move |stored| !stored.ended && stored.keyset.dates.phase(now) <= Phase::Issuing)
        .map(|stored| &stored.keyset)
}

/// Keys made by this process, in encrypted files.
pub struct SoftwareKeys {
    /// What keysets look like.
    pub plan: KeysetPlan,
    /// Whose they are.
    pub identity: LedgerIdentity,
    /// Where the private halves are kept.
    pub files: KeyFiles,
    /// Who signs with them.
    pub signer: Arc<SoftwareSigner>,
}

#[async_trait]
impl KeySource for SoftwareKeys {
    async fn publish_next(
        &self,
        ledger: &dyn Keysets,
        existing: &[StoredKeyset],
        now: Timestamp,
    ) -> Result<bool, RotationError> {
        if !is_due(existing, now) {
            return Ok(false);
        }
        let plan = self.plan.clone();
        let next = plan_keyset(&plan, existing, now).map_err(RotationError::Make)?;
        tracing::info!(keyset = %next.1, keys = plan.denominations.len(), "generating signing keys; this takes some seconds");
        let made = tokio::task::spawn_blocking(move || {
            let total = plan.denominations.len();
            generate_keys(plan.width, total, |made| tracing::info!(made, total, "signing key generated"))
        });
        let keys = made.await.map_err(|_| RotationError::Make(MakeError::Interrupted))?;
        let keys = keys.map_err(MakeError::Generate).map_err(RotationError::Make)?;
        let denominations = &self.plan.denominations;
        let published = publish_keyset(ledger, &self.files, &self.identity, next, denominations, &keys);
        if !published.await.map_err(RotationError::Make)? {
            tracing::info!("another process published this keyset first; using its keys");
        }
        Ok(true)
    }

    async fn load(&self, keysets: &[StoredKeyset], now: Timestamp) -> Result<(), RotationError> {
        let mut missing = None;
        for keyset in that_sign(keysets, now) {
            let needed = keyset.keys.len();
            if self.signer.held(keyset) == needed {
                continue;
            }
            self.signer.add(keyset, self.files.load(&keyset.keyset_id).map_err(RotationError::File)?);
            let held = self.signer.held(keyset);
            if held != needed && missing.is_none() {
                let (keyset_id, folder) = (keyset.keyset_id.clone(), self.files.folder().to_path_buf());
                missing = Some(MissingKeys { keyset_id, folder, held, needed });
            }
        }
        missing.map_or(Ok(()), |missing| Err(RotationError::Missing(missing)))
    }
}

/// Keys made by a ceremony, held by a signer that the mint cannot look into.
pub struct CeremonyKeys {
    /// Whose keysets are taken.
    pub identity: LedgerIdentity,
    /// Who holds the keys.
    pub signer: Arc<dyn Signer>,
}

impl CeremonyKeys {
    /// Whether a keyset may follow the last one: of this institution and currency, and starting when
    /// the last one stops to issue.
    fn follows(&self, offered: &Keyset, existing: &[StoredKeyset]) -> bool {
        let ours = offered.institution_id == self.identity.institution_id
            && offered.currency == self.identity.currency;
        let in_order =
            existing.last().is_none_or(|last| offered.dates.valid_from == last.keyset.dates.issue_until);
        ours && in_order
    }

    /// A keyset that the signer holds and no mint will ever publish.
    fn report_misfits(&self, unpublished: &[Keyset], existing: &[StoredKeyset]) {
        let Some(needed) = existing.last().map(|last| last.keyset.dates.issue_until) else { return };
        for keyset in unpublished {
            tracing::error!(
                keyset = %keyset.keyset_id,
                institution = %keyset.institution_id,
                currency = %keyset.currency.code,
                valid_from = %keyset.dates.valid_from,
                %needed,
                "the signer's keyset is not published: it is not ours, or does not start when the last one stops"
            );
        }
    }

    async fn offered(&self) -> Result<Vec<Keyset>, RotationError> {
        self.signer.keysets().await.map_err(RotationError::Signer)
    }
}

#[async_trait]
impl KeySource for CeremonyKeys {
    /// A keyset is published as soon as the signer offers it: wallets hear of it early.
    async fn publish_next(
        &self,
        ledger: &dyn Keysets,
        existing: &[StoredKeyset],
        now: Timestamp,
    ) -> Result<bool, RotationError> {
        let mut unpublished = self.offered().await?;
        unpublished
            .retain(|keyset| !existing.iter().any(|stored| stored.keyset.keyset_id == keyset.keyset_id));
        let next = unpublished.iter().find(|keyset| self.follows(keyset, existing)).cloned();
        let Some(next) = next else {
            if existing.is_empty() {
                return Err(RotationError::NoKeyset);
            }
            self.report_misfits(&unpublished, existing);
            if is_due(existing, now) {
                tracing::warn!("the next keyset is due within 7 days: hold a key ceremony");
            }
            return Ok(false);
        };
        let epoch = existing.last().map_or(1, |last| last.epoch + 1);
        let published = ledger.add_keyset(epoch, &next).await.map_err(RotationError::Ledger)?;
        tracing::info!(keyset = %next.keyset_id, published, "the signer offers a new keyset");
        Ok(true)
    }

    /// The signer must hold the very keys of the ledger: the key ids say all that a key means.
    async fn load(&self, keysets: &[StoredKeyset], now: Timestamp) -> Result<(), RotationError> {
        let offered = self.offered().await?;
        for keyset in that_sign(keysets, now) {
            let ids = |keyset: &Keyset| keyset.keys.iter().map(|key| key.key_id).collect::<Vec<_>>();
            if !offered.iter().any(|offer| offer.keyset_id == keyset.keyset_id && ids(offer) == ids(keyset)) {
                return Err(RotationError::NotHeld(keyset.keyset_id.clone()));
            }
        }
        Ok(())
    }
}
