//! Verify: returns whether tokens are valid and spent. Changes nothing.

use super::{Mint, ServiceError};
use crate::keys::{KeyEntry, Keyring, VerifiedToken};
use ecash_core::Timestamp;
use ecash_core::keys::{Dates, Phase};
use ecash_core::token::{Token, TokenKind};
use ecash_core::wire::{ErrorCode, MAX_VERIFY_ITEMS, TokenInfo, VerifyResult};

const INVALID: VerifyResult =
    VerifyResult { valid: false, already_spent: false, expires_at: None, swap_until: None };

impl Mint {
    /// Returns a result for each token, in order.
    ///
    /// # Errors
    /// [`ErrorCode::TooManyItems`], or the ledger's failure.
    pub async fn verify(&self, tokens: Vec<TokenInfo>) -> Result<Vec<VerifyResult>, ServiceError> {
        check_query_count(tokens.len(), MAX_VERIFY_ITEMS)?;
        let keyring = self.keyring();
        let institution_id = self.identity().institution_id.clone();
        let now = self.now();
        let look = move || {
            let found = tokens.iter().map(|token| {
                let ours = token.institution_id == institution_id;
                let (entry, verified) = ours.then(|| find(&keyring, token, now)).flatten()?;
                Some((entry.keyset.dates, verified))
            });
            found.collect::<Vec<Option<(Dates, VerifiedToken)>>>()
        };
        let found = self.verifying(look).await?;
        let valid: Vec<_> =
            found.iter().flatten().map(|(_, token)| (token.keyset_id().clone(), token.spent_id())).collect();
        let mut spent = self.deps.ledger.postings.spent(&valid).await?.into_iter();
        let result = |token: Option<(Dates, VerifiedToken)>| match token {
            None => Ok(INVALID),
            Some((dates, _)) => Ok(VerifyResult {
                valid: true,
                already_spent: spent.next().ok_or_else(|| ServiceError::internal(NoAnswer))?,
                expires_at: Some(dates.redeem_until),
                swap_until: Some(dates.swap_until),
            }),
        };
        found.into_iter().map(result).collect()
    }
}

impl Mint {
    /// Returns the maximum number of signatures that are verified for these tokens: one for a token that
    /// names its key, otherwise one for each key that may have signed it.
    #[must_use]
    pub fn verifications(&self, tokens: &[TokenInfo]) -> usize {
        let (keyring, now) = (self.keyring(), self.now());
        let keys = |token: &TokenInfo| match token.key_id {
            Some(_) => 1,
            None => {
                keyring.keys_of(token.denomination).filter(|entry| entry.phase(now) < Phase::Revoked).count()
            }
        };
        tokens.iter().map(keys).sum()
    }

    /// Rejects the first token that does not name its key.
    ///
    /// # Errors
    /// [`ErrorCode::KeyIdRequired`].
    pub fn require_key_ids(tokens: &[TokenInfo]) -> Result<(), ServiceError> {
        allow_without_key_id(tokens, 0)
    }
}

/// Rejects the first token without a key id beyond `max`. Such a token costs a verification for each key of
/// its denomination that may have signed it.
pub(super) fn allow_without_key_id(tokens: &[TokenInfo], max: usize) -> Result<(), ServiceError> {
    let mut without = tokens.iter().enumerate().filter(|(_, token)| token.key_id.is_none());
    match without.nth(max) {
        Some((index, _)) => Err(ServiceError::refused_at(ErrorCode::KeyIdRequired, index)),
        None => Ok(()),
    }
}

/// Rejects anything but 1 to `max` items.
pub(super) fn check_query_count(count: usize, max: usize) -> Result<(), ServiceError> {
    if (1..=max).contains(&count) {
        Ok(())
    } else {
        Err(ServiceError::refused_because(
            ErrorCode::TooManyItems,
            format!("a request has 1 to {max} items, this one has {count}"),
        ))
    }
}

/// Finds the key under which a token verifies. A token without a key id is tried under every key of its
/// denomination that has neither ended nor been revoked: one that can no longer be redeemed may still be
/// swapped.
fn find<'k>(
    keyring: &'k Keyring,
    token: &TokenInfo,
    now: Timestamp,
) -> Option<(KeyEntry<'k>, VerifiedToken)> {
    let kind = TokenKind::try_from(token.kind).ok()?;
    let named = token.key_id.as_ref().map(|key_id| keyring.key(key_id));
    let candidates: Vec<KeyEntry<'k>> = match named {
        Some(entry) => entry.into_iter().collect(),
        None => keyring.keys_of(token.denomination).collect(),
    };
    let possible = |entry: &KeyEntry<'k>| {
        entry.key.denomination == token.denomination && entry.phase(now) < Phase::Revoked
    };
    candidates.into_iter().filter(possible).find_map(|entry| {
        let signature = token.signature.as_bytes().to_vec();
        let candidate = Token { key_id: entry.key.key_id, kind, serial: token.serial, signature };
        entry.verifier.verify(&entry.keyset.keyset_id, &candidate).map(|verified| (entry, verified))
    })
}

/// The ledger returned fewer results than it was given tokens.
#[derive(Debug, thiserror::Error)]
#[error("the ledger did not return a result for each token")]
struct NoAnswer;
