//! Whether the accounts of a batch can bear its postings.

use crate::changes::{credit_conflict, debit_conflict, totals};
use crate::{Conflict, Draft, LedgerError, Party};
use std::collections::BTreeMap;

/// Why a posting is not written by this transaction.
pub(super) enum Rejection {
    /// It conflicts with what the ledger holds.
    Refused(Conflict),
    /// Its accounts can bear it, but not beside its neighbours: it goes into the next transaction.
    Deferred,
}

/// Balances while a batch is checked, in minor units. Debits and credits are followed apart: neither may rely on the
/// other, because a posting that is deferred or refused takes its half away.
pub(super) struct BatchBalances<'b> {
    /// As read under the row locks of this transaction.
    locked: BTreeMap<&'b str, i64>,
    /// `locked`, less the debits of the postings accepted so far.
    after_debits: BTreeMap<&'b str, i64>,
    /// `locked`, plus the credits of the postings accepted so far.
    after_credits: BTreeMap<&'b str, i64>,
}

impl<'b> BatchBalances<'b> {
    /// From account ids and balances that stay locked until the transaction ends.
    pub(super) fn new(locked: &'b [(String, i64)]) -> Self {
        let locked: BTreeMap<&str, i64> =
            locked.iter().map(|(id, balance)| (id.as_str(), *balance)).collect();
        Self { after_debits: locked.clone(), after_credits: locked.clone(), locked }
    }

    /// Rejects a posting that its accounts alone cannot bear, defers one that they cannot bear beside the postings
    /// accepted so far, and counts one that they can.
    pub(super) fn accept(&mut self, draft: &Draft) -> Result<Option<Rejection>, LedgerError> {
        if let Some(conflict) = self.unknown_account(draft) {
            return Ok(Some(Rejection::Refused(conflict)));
        }
        let debits = totals(&draft.debits)?;
        let credits = totals(&draft.credits)?;
        let alone = first_conflict(&self.locked, &debits, debit_conflict)
            .or_else(|| first_conflict(&self.locked, &credits, credit_conflict));
        if let Some(conflict) = alone {
            return Ok(Some(Rejection::Refused(conflict)));
        }
        let crowded = first_conflict(&self.after_debits, &debits, debit_conflict).is_some()
            || first_conflict(&self.after_credits, &credits, credit_conflict).is_some();
        if crowded {
            return Ok(Some(Rejection::Deferred));
        }
        // Neither overflows: both results were just checked against the limit of a balance.
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

/// Returns the first change that these balances cannot bear.
fn first_conflict(
    balances: &BTreeMap<&str, i64>,
    changes: &BTreeMap<&Party, i64>,
    conflict: fn(&Party, i64, i64) -> Option<Conflict>,
) -> Option<Conflict> {
    changes.iter().find_map(|(party, amount)| conflict(party, *balances.get(party.account_id())?, *amount))
}
