//! What a posting changes: accounts by their sums, keys with value in and value out apart.

use super::rows::signed;
use super::{Conflict, Draft, Movement, Party};
use ecash_core::amount::MAX_AMOUNT_MINOR;
use ecash_core::keys::KeyId;
use std::collections::BTreeMap;

/// Sums by account.
pub(super) fn totals(movements: &[Movement]) -> BTreeMap<&Party, i64> {
    movements.iter().fold(BTreeMap::new(), |mut totals, movement| {
        let total = totals.entry(&movement.party).or_default();
        // A balanced posting sums to an amount, which fits.
        *total = i64::saturating_add(*total, signed(movement.amount.minor()));
        totals
    })
}

/// Whether a balance can bear a debit: an account never falls below zero, the treasury not below -(2^53 - 1). The
/// treasury mirrors all money of the mint, so its limit keeps every sum of the audit exact.
pub(super) fn debit_conflict(party: &Party, balance: i64, amount: i64) -> Option<Conflict> {
    let after = balance.checked_sub(amount);
    match party {
        Party::Account(account_id) => {
            after.is_none_or(|after| after < 0).then(|| Conflict::InsufficientBalance(account_id.clone()))
        }
        Party::Treasury | Party::Expired => too_large(party, after),
    }
}

/// Whether a balance can bear a credit: none is larger than any amount.
pub(super) fn credit_conflict(party: &Party, balance: i64, amount: i64) -> Option<Conflict> {
    too_large(party, balance.checked_add(amount))
}

fn too_large(party: &Party, after: Option<i64>) -> Option<Conflict> {
    let fits = after.is_some_and(|after| after.unsigned_abs() <= MAX_AMOUNT_MINOR);
    (!fits).then(|| Conflict::BalanceTooLarge(party.account_id().to_owned()))
}

/// What each account gains; never zero.
pub(super) fn account_changes(draft: &Draft) -> impl Iterator<Item = (&Party, i64)> {
    let mut accounts = totals(&draft.credits);
    for (party, amount) in totals(&draft.debits) {
        *accounts.entry(party).or_default() -= amount;
    }
    accounts.into_iter().filter(|(_, change)| *change != 0)
}

/// What each key's outstanding value gains.
pub(super) fn key_changes(draft: &Draft) -> impl Iterator<Item = (KeyId, i64)> {
    let mut gone: BTreeMap<KeyId, i64> = BTreeMap::new();
    for spend in &draft.spends {
        *gone.entry(spend.key_id).or_default() -= signed(spend.denomination.minor());
    }
    for expiry in &draft.expiries {
        *gone.entry(expiry.key_id).or_default() -= signed(expiry.amount.minor());
    }
    let mut issued: BTreeMap<KeyId, i64> = BTreeMap::new();
    for issue in &draft.issues {
        *issued.entry(issue.key_id).or_default() += signed(issue.denomination.minor());
    }
    gone.into_iter().chain(issued)
}
