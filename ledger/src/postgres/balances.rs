//! Checks the balances that a batch debits and credits.

use crate::changes::{credit_conflict, debit_conflict, totals};
use crate::{Conflict, Draft, LedgerError, Party};
use std::collections::BTreeMap;

/// Reasons a posting is not written by this transaction.
pub(super) enum Rejection {
    /// The posting conflicts with committed rows or balances. This is its final result.
    Refused(Conflict),
    /// The balances suffice for the posting alone, but not together with the postings accepted before it. It
    /// is retried in a later transaction.
    Deferred,
}

/// Balances while a batch is checked, in minor units. Debits and credits are tracked separately: no debit may
/// rely on a credit of the same batch, or vice versa, because the other posting may be rejected.
pub(super) struct BatchBalances<'b> {
    /// Balances read under the row locks of this transaction.
    locked: BTreeMap<&'b str, i64>,
    /// `locked` minus the debits of the postings accepted so far.
    after_debits: BTreeMap<&'b str, i64>,
    /// `locked` plus the credits of the postings accepted so far.
    after_credits: BTreeMap<&'b str, i64>,
}

impl<'b> BatchBalances<'b> {
    /// Starts with account ids and balances whose rows stay locked until the transaction ends.
    pub(super) fn new(locked: &'b [(String, i64)]) -> Self {
        let locked: BTreeMap<&str, i64> =
            locked.iter().map(|(id, balance)| (id.as_str(), *balance)).collect();
        Self { after_debits: locked.clone(), after_credits: locked.clone(), locked }
    }

    /// Checks a posting against the balances. Returns `None` after adding it to the accepted postings, or
    /// else the reason it is not written.
    pub(super) fn accept(&mut self, draft: &Draft) -> Result<Option<Rejection>, LedgerError> {
        if let Some(conflict) = self.unknown_account(draft) {
            return Ok(Some(Rejection::Refused(conflict)));
        }
        let debits = totals(&draft.debits)?;
        let credits = totals(&draft.credits)?;
        // 1. Reject a posting that would conflict even if it were alone in the batch.
        let alone = first_conflict(&self.locked, &debits, debit_conflict)
            .or_else(|| first_conflict(&self.locked, &credits, credit_conflict));
        if let Some(conflict) = alone {
            return Ok(Some(Rejection::Refused(conflict)));
        }
        // 2. Defer a posting that conflicts only because of the postings accepted before it.
        let crowded = first_conflict(&self.after_debits, &debits, debit_conflict).is_some()
            || first_conflict(&self.after_credits, &credits, credit_conflict).is_some();
        if crowded {
            return Ok(Some(Rejection::Deferred));
        }
        // 3. Accept it. Neither sum overflows: both were checked against the limits of a balance in step 2.
        for (party, amount) in debits {
            if let Some(balance) = self.after_debits.get_mut(party.account_id()) {
                *balance -= amount;
            }
        }
        for (party, amount) in credits {
            if let Some(balance) = self.after_credits.get_mut(party.account_id()) {
                *balance += amount;
            }
        }
        Ok(None)
    }

    fn unknown_account(&self, draft: &Draft) -> Option<Conflict> {
        draft.debits.iter().chain(&draft.credits).find_map(|movement| match &movement.party {
            Party::Account(account_id) if !self.locked.contains_key(account_id.as_str()) => {
                Some(Conflict::UnknownAccount(account_id.clone()))
            }
            _ => None,
        })
    }
}

/// Returns the conflict of the first change that takes one of these balances out of range.
fn first_conflict(
    balances: &BTreeMap<&str, i64>,
    changes: &BTreeMap<&Party, i64>,
    conflict: fn(&Party, i64, i64) -> Option<Conflict>,
) -> Option<Conflict> {
    changes.iter().find_map(|(party, amount)| conflict(party, *balances.get(party.account_id())?, *amount))
}
