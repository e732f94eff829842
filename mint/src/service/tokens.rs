//! Checks the tokens of a request: of this institution, not expired, signed, all different, not spent.

use super::in_flight::Resource;
use super::outputs::check_count;
use super::verify::allow_without_key_id;
use super::{Mint, ServiceError};
use crate::keys::{KeyEntry, Keyring, VerifiedToken};
use ecash_core::keys::Phase;
use ecash_core::token::{Token, TokenKind};
use ecash_core::wire::{ErrorCode, TokenInfo};
use ecash_core::{Amount, Timestamp};
use ecash_ledger::UniqueKey;
use std::collections::HashSet;
use std::sync::Arc;

/// The operation that tokens are checked for, which decides until when they are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Accepts tokens until `redeem_until`.
    Redeem,
    /// Accepts tokens until `swap_until`.
    Swap,
}

impl Purpose {
    fn allows(self, phase: Phase) -> bool {
        match self {
            Self::Redeem => phase.redeems(),
            Self::Swap => phase.swaps(),
        }
    }
}

/// Maximum number of tokens of a redemption that do not name their key.
const MAX_WITHOUT_KEY_ID: usize = 16;

/// Returns the resources of a request with these tokens. A token without a key id may belong to any
/// redeemable key of its denomination, so it needs one resource for each. Rejects too many items before any
/// other work.
pub(super) fn token_resources(
    keyring: &Keyring,
    tokens: &[TokenInfo],
    purpose: Purpose,
    now: Timestamp,
) -> Result<Vec<Resource>, ServiceError> {
    check_count(tokens.len())?;
    let max_without = match purpose {
        Purpose::Redeem => MAX_WITHOUT_KEY_ID,
        Purpose::Swap => 0,
    };
    allow_without_key_id(tokens, max_without)?;
    Ok(tokens
        .iter()
        .flat_map(|token| {
            let key_ids: Vec<_> = match token.key_id {
                Some(key_id) => vec![key_id],
                None => {
                    let keys = keyring.redeemable_keys_of(token.denomination, now);
                    keys.map(|entry| entry.key.key_id).collect()
                }
            };
            key_ids.into_iter().filter_map(|key_id| {
                let kind = TokenKind::try_from(token.kind).ok()?;
                let message = ecash_core::token::TokenMessage::of(kind, &key_id, &token.serial);
                Some(Resource::Unique(UniqueKey::Spent(message)))
            })
        })
        .collect())
}

/// Performs all checks of tokens, and rejects the first token that fails. Returns the verified tokens and
/// their sum.
pub(super) async fn check_tokens(
    mint: &Mint,
    keyring: Arc<Keyring>,
    tokens: Vec<TokenInfo>,
    purpose: Purpose,
    now: Timestamp,
) -> Result<(Vec<VerifiedToken>, Amount), ServiceError> {
    let institution_id = mint.identity().institution_id.clone();
    let verify_all = move || {
        let check = |(index, token): (usize, &TokenInfo)| {
            if token.institution_id != institution_id {
                return Err(ServiceError::refused_at(ErrorCode::WrongInstitution, index));
            }
            verify_one(&keyring, token, purpose, now).map_err(|code| ServiceError::refused_at(code, index))
        };
        tokens.iter().enumerate().map(check).collect::<Result<Vec<_>, _>>()
    };
    let verified = mint.verifying(verify_all).await??;
    let mut seen = HashSet::new();
    if let Some(index) = verified.iter().position(|token| !seen.insert(token.spent_id())) {
        return Err(ServiceError::refused_at(ErrorCode::DuplicateToken, index));
    }
    refuse_never_issued(mint, &verified).await?;
    refuse_spent(mint, &verified, purpose).await?;
    let sum = Amount::sum(verified.iter().map(|token| token.denomination().amount()))
        .map_err(|error| ServiceError::refused_because(ErrorCode::AmountMismatch, error.to_string()))?;
    Ok((verified, sum))
}

/// Verifies one token under the key that it names, or else under every redeemable key of its denomination.
fn verify_one(
    keyring: &Keyring,
    token: &TokenInfo,
    purpose: Purpose,
    now: Timestamp,
) -> Result<VerifiedToken, ErrorCode> {
    let kind = TokenKind::try_from(token.kind).map_err(|_| ErrorCode::UnsupportedKind)?;
    let candidate = |entry: &KeyEntry<'_>| Token {
        key_id: entry.key.key_id,
        kind,
        serial: token.serial,
        signature: token.signature.as_bytes().to_vec(),
    };
    let under = |entry: KeyEntry<'_>| entry.verifier.verify(&entry.keyset.keyset_id, &candidate(&entry));
    if let Some(key_id) = token.key_id {
        let entry = keyring.key(&key_id).ok_or(ErrorCode::UnknownKey)?;
        if entry.key.denomination != token.denomination {
            return Err(ErrorCode::TokenInvalid);
        }
        if entry.phase(now) == Phase::Revoked {
            let opening = token.opening.as_ref().filter(|_| purpose == Purpose::Swap);
            let opening = opening.ok_or(ErrorCode::KeyRevoked)?;
            return entry.verify_opened(&candidate(&entry), opening).ok_or(ErrorCode::TokenInvalid);
        }
        if !purpose.allows(entry.phase(now)) {
            return Err(ErrorCode::TokenExpired);
        }
        return under(entry).ok_or(ErrorCode::TokenInvalid);
    }
    if let Some(verified) = keyring.redeemable_keys_of(token.denomination, now).find_map(under) {
        return Ok(verified);
    }
    let known = keyring.keys_of(token.denomination).next().is_some();
    Err(if known { ErrorCode::TokenInvalid } else { ErrorCode::UnsupportedDenomination })
}

/// Rejects tokens of a revoked keyset whose opening names an output that the mint never signed: a forgery
/// made with the stolen key.
async fn refuse_never_issued(mint: &Mint, tokens: &[VerifiedToken]) -> Result<(), ServiceError> {
    let opened =
        tokens.iter().enumerate().filter_map(|(index, token)| Some((index, token.opened()?.clone())));
    let (indices, outputs): (Vec<_>, Vec<_>) = opened.unzip();
    if outputs.is_empty() {
        return Ok(());
    }
    let issued = mint.deps.ledger.postings.issued(&outputs).await?;
    match indices.iter().zip(&issued).find(|(_, issued)| issued.is_none()) {
        Some((index, _)) => Err(ServiceError::refused_at(ErrorCode::KeyRevoked, *index)),
        None => Ok(()),
    }
}

/// Rejects tokens that are spent already, to save the work of the request. The commit checks again and
/// decides.
///
/// A redemption reads the ledger only for tokens that the index reports as spent. A swap reads it for every
/// token, because signing costs far more than the read, and nothing must be signed for a spent token that the
/// index has forgotten.
async fn refuse_spent(mint: &Mint, tokens: &[VerifiedToken], purpose: Purpose) -> Result<(), ServiceError> {
    // 1. Ask the index. `suspected` has one item per token; `hits` counts the tokens reported as spent.
    let ids: Vec<_> = tokens.iter().map(VerifiedToken::spent_id).collect();
    let suspected = mint.deps.spent_index.may_be_spent(&ids).await;
    let hits = suspected.iter().filter(|suspect| **suspect).count();
    let may_be_spent = suspected.iter().map(|suspect| *suspect || purpose == Purpose::Swap);
    // 2. Read the ledger for `suspects`. `indices` are their positions in the request.
    let (indices, suspects): (Vec<_>, Vec<_>) = tokens
        .iter()
        .enumerate()
        .zip(may_be_spent)
        .filter(|(_, suspect)| *suspect)
        .map(|((index, token), _)| (index, (token.keyset_id().clone(), token.spent_id())))
        .unzip();
    if suspects.is_empty() {
        return Ok(());
    }
    let spent = mint.deps.ledger.postings.spent(&suspects).await?;
    let wrong_hits = indices
        .iter()
        .zip(&spent)
        .filter(|(index, spent)| !**spent && suspected.get(**index).copied().unwrap_or(false))
        .count();
    mint.deps.meters.index(hits, wrong_hits);
    // 3. Add spent tokens to the index, which may lack them, and reject the first.
    let (places, forgotten): (Vec<_>, Vec<_>) = indices
        .into_iter()
        .zip(spent)
        .filter(|(_, spent)| *spent)
        .filter_map(|(index, _)| Some((index, *ids.get(index)?)))
        .unzip();
    match places.first() {
        Some(index) => {
            mint.deps.spent_index.remember(&forgotten).await;
            Err(ServiceError::refused_at(ErrorCode::TokenAlreadySpent, *index))
        }
        None => Ok(()),
    }
}
