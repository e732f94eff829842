//! What a posting changes: accounts by their sums, keys with value in and value out apart.

use super::rows::signed;
use super::{Draft, Movement, Party};
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
