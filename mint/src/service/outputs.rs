//! Checks the outputs of a request: of one issuing keyset, in range, all different, not signed before.

use super::in_flight::Resource;
use super::outcome::Outputs;
use super::verify::check_query_count;
use super::{Mint, ServiceError};
use crate::keys::Keyring;
use ecash_core::keys::{DenominationKey, Keyset, Phase};
use ecash_core::rsabssa::{BlindSignature, BlindedToken};
use ecash_core::wire::{ErrorCode, MAX_ITEMS, OutputRequest};
use ecash_core::{Amount, KeysetId, Timestamp};
use ecash_ledger::{BlindedHash, OutputRef, UniqueKey};
use ecash_signer::SignerError;
use std::collections::HashSet;

/// An output that may be signed. Only [`check_outputs`] creates one.
pub(super) struct CheckedOutput {
    keyset_id: KeysetId,
    key: DenominationKey,
    blinded_token: BlindedToken,
}

impl CheckedOutput {
    pub(super) const fn keyset_id(&self) -> &KeysetId {
        &self.keyset_id
    }

    pub(super) const fn key(&self) -> &DenominationKey {
        &self.key
    }

    pub(super) fn blinded_hash(&self) -> BlindedHash {
        BlindedHash::of(self.blinded_token.as_bytes())
    }

    fn reference(&self) -> OutputRef {
        OutputRef {
            keyset_id: self.keyset_id.clone(),
            key_id: self.key.key_id,
            blinded_hash: self.blinded_hash(),
        }
    }
}

/// Returns the outputs as an outcome stores them.
pub(super) fn references(outputs: &[CheckedOutput]) -> Outputs {
    Outputs(outputs.iter().map(CheckedOutput::reference).collect())
}

/// Returns the resources of a request with these outputs. Rejects too many items before any other work.
pub(super) fn output_resources(outputs: &[OutputRequest]) -> Result<Vec<Resource>, ServiceError> {
    check_count(outputs.len())?;
    Ok(outputs
        .iter()
        .map(|output| {
            Resource::Unique(UniqueKey::Output(
                output.key_id,
                BlindedHash::of(output.blinded_token.as_bytes()),
            ))
        })
        .collect())
}

/// Rejects anything but 1 to [`MAX_ITEMS`] items.
pub(super) fn check_count(count: usize) -> Result<(), ServiceError> {
    check_query_count(count, MAX_ITEMS)
}

/// Performs all checks of outputs that are possible before signing. Returns the outputs, their keyset and
/// their sum.
pub(super) async fn check_outputs(
    mint: &Mint,
    keyring: &Keyring,
    outputs: &[OutputRequest],
    now: Timestamp,
) -> Result<(Vec<CheckedOutput>, Keyset, Amount), ServiceError> {
    let mut checked: Vec<CheckedOutput> = Vec::with_capacity(outputs.len());
    let mut seen = HashSet::new();
    let mut keyset: Option<&Keyset> = None;
    for (index, output) in outputs.iter().enumerate() {
        let entry =
            keyring.key(&output.key_id).ok_or(ServiceError::refused_at(ErrorCode::UnknownKey, index))?;
        if entry.phase(now) != Phase::Issuing
            || keyset.is_some_and(|keyset| keyset.keyset_id != entry.keyset.keyset_id)
        {
            return Err(ServiceError::refused_at(ErrorCode::KeyNotIssuing, index));
        }
        keyset = Some(entry.keyset);
        let blinded_token = BlindedToken::parse(&entry.key.public, output.blinded_token.as_bytes())
            .map_err(|_| ServiceError::refused_at(ErrorCode::BlindedTokenOutOfRange, index))?;
        if !seen.insert((output.key_id, blinded_token.clone())) {
            return Err(ServiceError::refused_at(ErrorCode::DuplicateToken, index));
        }
        let keyset_id = entry.keyset.keyset_id.clone();
        checked.push(CheckedOutput { keyset_id, key: entry.key.clone(), blinded_token });
    }
    let keyset = keyset.ok_or(ServiceError::refused(ErrorCode::TooManyItems))?;
    refuse_signed(mint, &checked).await?;
    let sum = Amount::sum(checked.iter().map(|output| output.key.denomination.amount()))
        .map_err(|error| ServiceError::refused_because(ErrorCode::AmountMismatch, error.to_string()))?;
    Ok((checked, keyset.clone(), sum))
}

/// Signs checked outputs, in their order.
pub(super) async fn sign_outputs(
    mint: &Mint,
    outputs: &[CheckedOutput],
) -> Result<Vec<BlindSignature>, ServiceError> {
    if outputs.is_empty() {
        return Ok(Vec::new());
    }
    let requests = outputs.iter().map(|output| (output.key.clone(), output.blinded_token.clone())).collect();
    match mint.blind_sign(requests).await {
        Err(SignerError::NotIssuing) => Err(not_issuing(mint, outputs)),
        answered => Ok(answered?),
    }
}

/// Returns the error for a signer that rejected a key's issuing time. If the issuing time ended while the
/// request waited, it is a refusal that the client can act on; otherwise the clocks of signer and mint
/// disagree.
fn not_issuing(mint: &Mint, outputs: &[CheckedOutput]) -> ServiceError {
    let (keyring, now) = (mint.keyring(), mint.now());
    let issuing = |output: &CheckedOutput| {
        keyring.key(&output.key.key_id).is_some_and(|entry| entry.phase(now) == Phase::Issuing)
    };
    match outputs.iter().position(|output| !issuing(output)) {
        Some(index) => ServiceError::refused_at(ErrorCode::KeyNotIssuing, index),
        None => SignerError::NotIssuing.into(),
    }
}

/// Rejects outputs that were signed before, to save the signing. The commit checks again and decides.
async fn refuse_signed(mint: &Mint, outputs: &[CheckedOutput]) -> Result<(), ServiceError> {
    let references: Vec<_> = outputs.iter().map(CheckedOutput::reference).collect();
    let signed = mint.deps.ledger.postings.issued(&references).await?;
    match signed.iter().position(Option::is_some) {
        Some(index) => Err(ServiceError::refused_at(ErrorCode::BlindedTokenAlreadySigned, index)),
        None => Ok(()),
    }
}
