//! Plans and publishes keysets with software keys.

use ecash_core::denominations::split;
use ecash_core::keys::{Dates, Keyset, KeysetError, Phase, make_proof};
use ecash_core::rsabssa::{E, Error, PublicKey, Width};
use ecash_core::wire::MAX_ITEMS;
use ecash_core::{Denomination, KeysetId, Timestamp};
use ecash_ledger::{Keysets, LedgerError, LedgerIdentity, StoredKeyset};
use ecash_signer::{KeyFileError, KeyFiles, PrivateKey, SoftwareKey};

/// The parameters of new keysets.
#[derive(Debug, Clone)]
pub struct KeysetPlan {
    /// Name of the first keyset. Must end with a number, from which later keysets count up.
    pub first_name: KeysetId,
    /// Each denomination gets one key.
    pub denominations: Vec<Denomination>,
    /// How many days a keyset issues.
    pub issue_days: u64,
    /// How many days after that its tokens stay redeemable.
    pub expiry_days: u64,
    /// [`Width::Real3072`], except in tests.
    pub width: Width,
}

/// Errors of generating and publishing a keyset.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// OpenSSL could not generate a key.
    #[error("OpenSSL could not generate a key")]
    Generate(#[source] openssl::error::ErrorStack),
    /// The next name belongs to an older epoch.
    #[error("the next keyset's name is taken: set KEY_ID back to the name of the first keyset")]
    NameTaken,
    /// The next keyset's denominations do not fit the last one's.
    #[error(
        "tokens of {last} could not be swapped into {next}: each of its values must be a sum of new ones, and the largest must not shrink; correct DENOMINATIONS or the ceremony's file, or name stranding_denominations in ALLOW_WEAK"
    )]
    Stranding {
        /// The last keyset.
        last: KeysetId,
        /// The next keyset.
        next: KeysetId,
    },
    /// The process is shutting down.
    #[error("generating keys was interrupted")]
    Interrupted,
    /// A generated key is not valid.
    #[error("a generated key failed its check")]
    Key(#[source] Error),
    /// The keyset is not consistent.
    #[error("the keyset is not consistent")]
    Keyset(#[source] KeysetError),
    /// The name of the first keyset leaves no room for a counter.
    #[error("KEY_ID must end with a number, such as key_001")]
    Name,
    /// The keys could not be stored.
    #[error("the keys could not be stored")]
    File(#[source] KeyFileError),
    /// The keyset could not be published.
    #[error("the keyset could not be written to the ledger")]
    Ledger(#[source] LedgerError),
}

/// A keyset that is due, without its keys.
#[derive(Debug, Clone)]
pub(super) struct PlannedKeyset {
    /// Position in the sequence of keysets, from 1.
    pub epoch: u32,
    /// The name, never used before.
    pub keyset_id: KeysetId,
    /// When it issues, and until when its tokens can be redeemed and swapped.
    pub dates: Dates,
    /// The stopped keyset that it replaces.
    pub replaces: Option<KeysetId>,
}

/// Plans the keyset after `existing`: the replacement of a stopped one, or else the successor of the last
/// one.
///
/// # Errors
/// [`MakeError::Name`].
pub(super) fn plan_keyset(
    plan: &KeysetPlan,
    existing: &[StoredKeyset],
    now: Timestamp,
) -> Result<PlannedKeyset, MakeError> {
    let epoch = next_epoch(existing);
    let keyset_id = name_of_epoch(&plan.first_name, epoch)?;
    if let Some(stopped) = unreplaced(existing, now) {
        // It stops issuing when the stopped one would have, because the successor starts then.
        let dates = stopped.dates;
        let valid_from = dates.valid_from.max(now);
        let dates = Dates::of_issuing_period(valid_from, dates.issue_until, plan.expiry_days);
        return Ok(PlannedKeyset { epoch, keyset_id, dates, replaces: Some(stopped.keyset_id.clone()) });
    }
    let valid_from = last_to_issue(existing).map_or(now, |last| last.keyset.dates.issue_until);
    // After a long pause the successor still starts where its predecessor ended, without a gap.
    let issue_until = valid_from.max(now).plus_days(plan.issue_days);
    let dates = Dates::of_issuing_period(valid_from, issue_until, plan.expiry_days);
    Ok(PlannedKeyset { epoch, keyset_id, dates, replaces: None })
}

/// Returns the epoch of the next keyset.
pub(super) fn next_epoch(existing: &[StoredKeyset]) -> u32 {
    existing.last().map_or(1, |last| last.epoch + 1)
}

/// Returns the keyset that issues last, whose successor is the next one. A replacement has the `issue_until` of
/// the keyset that it replaces.
pub(crate) fn last_to_issue(existing: &[StoredKeyset]) -> Option<&StoredKeyset> {
    existing.iter().max_by_key(|stored| stored.keyset.dates.issue_until)
}

/// Returns a stopped keyset that would still issue and has no replacement. A stopped replacement is not
/// replaced again, because wallets accept one replacement for each keyset.
pub(super) fn unreplaced(existing: &[StoredKeyset], now: Timestamp) -> Option<&Keyset> {
    let is_replaced = |keyset: &Keyset| {
        existing.iter().any(|other| other.keyset.replaces.as_ref() == Some(&keyset.keyset_id))
    };
    let mut keysets = existing.iter().map(|stored| &stored.keyset);
    keysets.find(|keyset| {
        let would_issue = keyset.dates.phase(now) <= Phase::Issuing && !keyset.status.is_live();
        would_issue && keyset.replaces.is_none() && !is_replaced(keyset)
    })
}

/// Rejects denominations into which tokens of the last keyset could not be swapped. Wallets could only redeem
/// such tokens, until they expire.
///
/// # Errors
/// [`MakeError::Stranding`].
pub(super) fn check_denominations(
    existing: &[StoredKeyset],
    next: &KeysetId,
    denominations: &[Denomination],
) -> Result<(), MakeError> {
    let Some(last) = last_to_issue(existing) else { return Ok(()) };
    let fits = |old: Denomination| split(old.amount(), denominations, MAX_ITEMS).is_some();
    let before = last.keyset.denominations();
    // A smaller largest value could make an amount of many tokens need more outputs than a swap has.
    if before.iter().copied().all(fits) && denominations.iter().max() >= before.iter().max() {
        return Ok(());
    }
    Err(MakeError::Stranding { last: last.keyset.keyset_id.clone(), next: next.clone() })
}

/// Returns the name of an epoch's keyset: if the first is `key_001`, epoch 3 has `key_003`.
fn name_of_epoch(first: &KeysetId, epoch: u32) -> Result<KeysetId, MakeError> {
    let text = first.as_str();
    let stem = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = text.get(stem.len()..).unwrap_or_default();
    let start: u32 = digits.parse().map_err(|_| MakeError::Name)?;
    let number = start.checked_add(epoch - 1).ok_or(MakeError::Name)?;
    KeysetId::new(format!("{stem}{number:0width$}", width = digits.len())).map_err(|_| MakeError::Name)
}

/// Generates the keys' proofs, stores the keys, then publishes the keyset, so that private keys are durable
/// before the public ones are known. Returns false if another process published this epoch first; then these
/// keys are discarded.
///
/// # Errors
/// [`MakeError`].
pub(super) async fn publish_keyset(
    ledger: &dyn Keysets,
    files: &KeyFiles,
    identity: &LedgerIdentity,
    planned: PlannedKeyset,
    denominations: &[Denomination],
    keys: &[PrivateKey],
) -> Result<bool, MakeError> {
    let public = denominations
        .iter()
        .zip(keys)
        .map(|(denomination, key)| {
            let public = PublicKey::new(&key.n().to_vec(), E).map_err(MakeError::Key)?;
            Ok((*denomination, public, Vec::new()))
        })
        .collect::<Result<_, MakeError>>()?;
    let PlannedKeyset { epoch, keyset_id, dates, replaces } = planned;
    let mut keyset =
        Keyset::new(keyset_id, identity.institution_id.clone(), identity.currency.clone(), dates, public)
            .map_err(MakeError::Keyset)?;
    keyset.replaces = replaces;
    for key in &mut keyset.keys {
        let private = keys.iter().find(|private| private.n().to_vec() == key.public.n());
        let private = private.ok_or(MakeError::Key(Error::InvalidKey))?;
        key.proof = make_proof(&key.public, &key.key_id, &SoftwareKey::new(private.clone()))
            .map_err(MakeError::Key)?;
    }
    files.store(&keyset, keys).map_err(MakeError::File)?;
    let published = ledger.add_keyset(epoch, &keyset).await.map_err(MakeError::Ledger)?;
    if !published {
        files.destroy(&keyset).map_err(MakeError::File)?;
    }
    Ok(published)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_up_from_the_first() {
        let name = |first: &str, epoch| {
            name_of_epoch(&KeysetId::new(first).unwrap(), epoch).map(|name| name.to_string()).ok()
        };
        assert_eq!(name("key_001", 1).as_deref(), Some("key_001"));
        assert_eq!(name("key_001", 12).as_deref(), Some("key_012"));
        assert_eq!(name("key_998", 4).as_deref(), Some("key_1001"));
        assert_eq!(name("key", 1), None);
    }
}
