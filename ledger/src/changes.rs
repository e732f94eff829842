//! Computes the changes of a posting, in minor units: one net change per account, and up to two changes per
//! key, because redeemed and issued value are counted separately.

use crate::{Conflict, Draft, LedgerError, Movement, Party};
use ecash_core::amount::MAX_AMOUNT_MINOR;
use ecash_core::keys::KeyId;
use std::collections::BTreeMap;

/// A sum of changes left the range of a 64-bit integer, which balanced postings cannot cause.
const OVERFLOW: LedgerError = LedgerError::BrokenInvariant("a sum of changes overflows");

/// Adds a change to a sum, checked for overflow.
pub(crate) fn add(sum: &mut i64, change: i64) -> Result<(), LedgerError> {
    *sum = sum.checked_add(change).ok_or(OVERFLOW)?;
    Ok(())
}

/// Fails unless the entries of balanced postings cancel out: value in equals value out.
pub(crate) fn check_sum(changes: impl Iterator<Item = i64>) -> Result<(), LedgerError> {
    let sum: i128 = changes.map(i128::from).sum();
    if sum == 0 { Ok(()) } else { Err(LedgerError::BrokenInvariant("entries do not sum to zero")) }
}

/// Fails unless a statement changed exactly the number of rows it was given.
pub(crate) fn check_count(table: &'static str, changed: u64, wanted: u64) -> Result<(), LedgerError> {
    if changed == wanted { Ok(()) } else { Err(LedgerError::BrokenInvariant(table)) }
}

/// Returns the sum of each account's movements, because one posting can name an account several times.
pub(crate) fn totals(movements: &[Movement]) -> Result<BTreeMap<&Party, i64>, LedgerError> {
    let mut totals = BTreeMap::new();
    for movement in movements {
        add(totals.entry(&movement.party).or_default(), movement.amount.minor_signed())?;
    }
    Ok(totals)
}

/// Returns the conflict of a debit that would take a balance below its lower limit: zero for an account,
/// -(2^53 - 1) for the treasury. The treasury mirrors all money of the mint, so its limit keeps every sum of
/// the audit exact.
pub(crate) fn debit_conflict(party: &Party, balance: i64, amount: i64) -> Option<Conflict> {
    let after = balance.checked_sub(amount);
    match party {
        Party::Account(account_id) => {
            after.is_none_or(|after| after < 0).then(|| Conflict::InsufficientBalance(account_id.clone()))
        }
        // Each refund and payout ends once, so these accounts always cover the debit; the audit checks the
        // sum (P5).
        Party::Treasury | Party::Expired | Party::Refunds | Party::Payouts => too_large(party, after),
    }
}

/// Returns the conflict of a credit that would take a balance above 2^53 - 1, the largest amount.
pub(crate) fn credit_conflict(party: &Party, balance: i64, amount: i64) -> Option<Conflict> {
    too_large(party, balance.checked_add(amount))
}

fn too_large(party: &Party, after: Option<i64>) -> Option<Conflict> {
    let fits = after.is_some_and(|after| after.unsigned_abs() <= MAX_AMOUNT_MINOR);
    (!fits).then(|| Conflict::BalanceTooLarge(party.account_id().to_owned()))
}

/// Returns each account's net change: positive for a gain. Omits accounts whose changes cancel out.
pub(crate) fn account_changes(draft: &Draft) -> Result<Vec<(&Party, i64)>, LedgerError> {
    let mut accounts = totals(&draft.credits)?;
    for (party, amount) in totals(&draft.debits)? {
        add(accounts.entry(party).or_default(), -amount)?;
    }
    Ok(accounts.into_iter().filter(|(_, change)| *change != 0).collect())
}

/// Returns the changes of each key's outstanding value: negative for spent and expired tokens, positive for
/// issued ones. A key whose tokens are both spent and issued in one posting has two changes.
pub(crate) fn key_changes(draft: &Draft) -> Result<Vec<(KeyId, i64)>, LedgerError> {
    let mut redeemed: BTreeMap<KeyId, i64> = BTreeMap::new();
    for spend in &draft.spends {
        add(redeemed.entry(spend.key_id).or_default(), -spend.denomination.minor_signed())?;
    }
    for expiry in &draft.expiries {
        add(redeemed.entry(expiry.key_id).or_default(), -expiry.amount.minor_signed())?;
    }
    let mut issued: BTreeMap<KeyId, i64> = BTreeMap::new();
    for issue in &draft.issues {
        add(issued.entry(issue.key_id).or_default(), issue.denomination.minor_signed())?;
    }
    Ok(redeemed.into_iter().chain(issued).collect())
}
