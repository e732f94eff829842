//! Converts postings to columns: one array per column, so that one statement per table inserts a whole batch.

use crate::audit_log::digest_of;
use crate::changes::{account_changes, add, key_changes};
use crate::columns::seconds;
use crate::{Draft, LedgerError, Party, Posting};
use ecash_core::keys::KeyId;
use std::collections::{BTreeMap, BTreeSet};

/// The postings of one transaction. No two of them share a unique key.
pub(super) struct Batch<'p> {
    pub(super) postings: Vec<&'p Posting>,
}

type Bytes<'p> = &'p [u8];

impl<'p> Batch<'p> {
    pub(super) fn drafts(&self) -> impl Iterator<Item = &'p Draft> + '_ {
        self.postings.iter().map(|posting| posting.draft())
    }

    pub(super) fn keysets(&self) -> Vec<&'p str> {
        let keysets: BTreeSet<_> = self.drafts().flat_map(Draft::keysets).collect();
        keysets.into_iter().map(ecash_core::KeysetId::as_str).collect()
    }

    pub(super) fn operation_ids(&self) -> Vec<Bytes<'p>> {
        self.drafts().map(operation_id).collect()
    }

    /// Columns: kind, request digest, outcome, time. In the order of [`Self::operation_ids`].
    #[expect(clippy::type_complexity, reason = "the columns of one statement")]
    pub(super) fn operations(&self) -> (Vec<&'p str>, Vec<Option<Bytes<'p>>>, Vec<String>, Vec<i64>) {
        let kinds = self.drafts().map(|draft| draft.operation.kind.as_str()).collect();
        let digest = |draft: &'p Draft| draft.operation.request_digest.as_ref().map(<[u8; 32]>::as_slice);
        let digests = self.drafts().map(digest).collect();
        let outcomes = self.drafts().map(|draft| draft.outcome.to_string()).collect();
        (kinds, digests, outcomes, self.drafts().map(|draft| seconds(draft.operation.at)).collect())
    }

    /// Columns: claim, operation, keyset.
    pub(super) fn claims(&self) -> (Vec<&'p str>, Vec<Bytes<'p>>, Vec<Option<&'p str>>) {
        let claims = self.drafts().flat_map(|draft| draft.claims.iter().map(move |claim| (draft, claim)));
        let mut columns = (Vec::new(), Vec::new(), Vec::new());
        for (draft, (claim, keyset_id)) in claims {
            columns.0.push(claim.as_str());
            columns.1.push(operation_id(draft));
            columns.2.push(keyset_id.as_ref().map(ecash_core::KeysetId::as_str));
        }
        columns
    }

    pub(super) fn spends(&self) -> SpentColumns<'p> {
        let mut columns = SpentColumns::default();
        for draft in self.drafts() {
            for spend in &draft.spends {
                columns.keysets.push(spend.keyset_id.as_str());
                columns.spent_ids.push(spend.spent_id.as_bytes());
                columns.keys.push(spend.key_id.as_bytes());
                columns.operations.push(operation_id(draft));
            }
        }
        columns
    }

    pub(super) fn issues(&self) -> IssuedColumns<'p> {
        let mut columns = IssuedColumns::default();
        for draft in self.drafts() {
            for issue in &draft.issues {
                columns.keysets.push(issue.keyset_id.as_str());
                columns.keys.push(issue.key_id.as_bytes());
                columns.hashes.push(issue.blinded_hash.as_bytes());
                columns.signatures.push(&issue.blind_signature);
                columns.operations.push(operation_id(draft));
            }
        }
        columns
    }

    /// Every account that is debited or credited, each once.
    pub(super) fn accounts(&self) -> Vec<&'p str> {
        let movements = self.drafts().flat_map(|draft| draft.debits.iter().chain(&draft.credits));
        movements.map(|movement| movement.party.account_id()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Columns: account, net change. One row for each account, even if several postings change it.
    pub(super) fn balances(&self) -> Result<(Vec<&'p str>, Vec<i64>), LedgerError> {
        let mut changes: BTreeMap<&Party, i64> = BTreeMap::new();
        for draft in self.drafts() {
            for (party, change) in account_changes(draft)? {
                add(changes.entry(party).or_default(), change)?;
            }
        }
        Ok(changes.into_iter().map(|(party, change)| (party.account_id(), change)).unzip())
    }

    pub(super) fn entries(&self) -> Result<EntryColumns<'p>, LedgerError> {
        let mut columns = EntryColumns::default();
        for draft in self.drafts() {
            for (party, change) in account_changes(draft)? {
                columns.push(operation_id(draft), Some(party.account_id()), None, change);
            }
            for (key_id, change) in key_changes(draft)? {
                columns.push(operation_id(draft), None, Some(key_id), change);
            }
        }
        Ok(columns)
    }

    /// Columns: kind, digest. The audit log's row of each operation, in the order of [`Self::operation_ids`].
    pub(super) fn audit_rows(&self) -> Result<(Vec<&'p str>, Vec<[u8; 32]>), LedgerError> {
        self.drafts().map(|draft| Ok((draft.operation.kind.as_str(), digest_of(draft)?))).collect()
    }

    /// Columns: operation, merchant, kind, payload.
    pub(super) fn events(&self) -> (Vec<Bytes<'p>>, Vec<&'p str>, Vec<&'static str>, Vec<String>) {
        let events = self.drafts().flat_map(|draft| draft.events.iter().map(move |event| (draft, event)));
        let mut columns = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (draft, event) in events {
            columns.0.push(operation_id(draft));
            columns.1.push(event.merchant_id.as_str());
            columns.2.push(event.kind);
            columns.3.push(event.payload.to_string());
        }
        columns
    }
}

fn operation_id(draft: &Draft) -> Bytes<'_> {
    draft.operation.id.as_bytes()
}

#[derive(Default)]
pub(super) struct SpentColumns<'p> {
    pub(super) keysets: Vec<&'p str>,
    pub(super) spent_ids: Vec<Bytes<'p>>,
    pub(super) keys: Vec<Bytes<'p>>,
    pub(super) operations: Vec<Bytes<'p>>,
}

#[derive(Default)]
pub(super) struct IssuedColumns<'p> {
    pub(super) keysets: Vec<&'p str>,
    pub(super) keys: Vec<Bytes<'p>>,
    pub(super) hashes: Vec<Bytes<'p>>,
    pub(super) signatures: Vec<Bytes<'p>>,
    pub(super) operations: Vec<Bytes<'p>>,
}

#[derive(Default)]
pub(super) struct EntryColumns<'p> {
    pub(super) operations: Vec<Bytes<'p>>,
    pub(super) accounts: Vec<Option<&'p str>>,
    pub(super) keys: Vec<Option<Vec<u8>>>,
    pub(super) changes: Vec<i64>,
}

impl<'p> EntryColumns<'p> {
    fn push(&mut self, operation: Bytes<'p>, account: Option<&'p str>, key: Option<KeyId>, change: i64) {
        self.operations.push(operation);
        self.accounts.push(account);
        self.keys.push(key.map(|key_id| key_id.as_bytes().to_vec()));
        self.changes.push(change);
    }
}
