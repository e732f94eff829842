//! The digest in a row of the log. It covers an operation and its entries, and an audit recomputes it from
//! the ledger.

use crate::changes::{account_changes, key_changes};
use crate::columns::seconds;
use crate::{Draft, Invariant, LedgerError, OperationId, Violation};
use sha2::{Digest as _, Sha256};
use sqlx::FromRow;

const LABEL: &[u8] = b"ecash audit row 1\n";

/// A party and its change in minor units. The party is `a` and an account id, or `k` and a key id.
type Entry = (Vec<u8>, i64);

fn account_entry(account_id: &str, change: i64) -> Entry {
    ([b"a", account_id.as_bytes()].concat(), change)
}

fn key_entry(key_id: &[u8], change: i64) -> Entry {
    ([b"k", key_id].concat(), change)
}

/// The digested fields.
struct Logged<'o> {
    operation_id: &'o [u8],
    kind: &'o str,
    request_digest: Option<&'o [u8]>,
    at: i64,
    entries: Vec<Entry>,
}

impl Logged<'_> {
    /// SHA-256 over all fields, each prefixed with its length, entries in sorted order.
    fn digest(mut self) -> [u8; 32] {
        self.entries.sort_unstable();
        let mut hash = Sha256::new_with_prefix(LABEL);
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(self.operation_id);
        part(self.kind.as_bytes());
        part(self.request_digest.unwrap_or_default());
        part(&self.at.to_be_bytes());
        for (party, change) in &self.entries {
            part(party);
            part(&change.to_be_bytes());
        }
        hash.finalize().into()
    }
}

/// Returns the digest of the operation and entries that a posting writes.
pub(crate) fn digest_of(draft: &Draft) -> Result<[u8; 32], LedgerError> {
    let accounts = account_changes(draft)?;
    let accounts = accounts.iter().map(|(party, change)| account_entry(party.account_id(), *change));
    let keys = key_changes(draft)?;
    let keys = keys.iter().map(|(key_id, change)| key_entry(key_id.as_bytes(), *change));
    let operation = &draft.operation;
    let logged = Logged {
        operation_id: operation.id.as_bytes(),
        kind: operation.kind.as_str(),
        request_digest: operation.request_digest.as_ref().map(<[u8; 32]>::as_slice),
        at: seconds(operation.at),
        entries: accounts.chain(keys).collect(),
    };
    Ok(logged.digest())
}

/// A stored operation joined with one of its entries and with its row in the log.
#[derive(FromRow)]
pub(crate) struct LoggedColumns {
    operation_id: Vec<u8>,
    kind: String,
    request_digest: Option<Vec<u8>>,
    at: i64,
    logged_kind: String,
    logged_digest: Option<Vec<u8>>,
    account_id: Option<String>,
    key_id: Option<Vec<u8>>,
    change_minor: Option<i64>,
}

impl LoggedColumns {
    fn entry(&self) -> Option<Entry> {
        let change = self.change_minor?;
        let of_key = || self.key_id.as_deref().map(|key_id| key_entry(key_id, change));
        self.account_id.as_deref().map(|account_id| account_entry(account_id, change)).or_else(of_key)
    }
}

/// Compares operations with their digests in the log, row by row. All rows of an operation must come in
/// succession.
#[derive(Default)]
pub(crate) struct DigestCheck {
    /// The current operation and its entries so far.
    current: Option<(LoggedColumns, Vec<Entry>)>,
    violations: Vec<Violation>,
}

impl DigestCheck {
    pub(crate) fn push(&mut self, row: LoggedColumns) {
        let entry = row.entry();
        match &mut self.current {
            Some((current, entries)) if current.operation_id == row.operation_id => entries.extend(entry),
            _ => {
                self.compare();
                self.current = Some((row, entry.into_iter().collect()));
            }
        }
    }

    pub(crate) fn finish(mut self) -> Vec<Violation> {
        self.compare();
        self.violations
    }

    fn compare(&mut self) {
        let Some((row, entries)) = self.current.take() else { return };
        let found = Logged {
            operation_id: &row.operation_id,
            kind: &row.kind,
            request_digest: row.request_digest.as_deref(),
            at: row.at,
            entries,
        };
        // An operation without a digest is older than the log, or is reported by AUDIT_LOG_UNDIGESTED.
        let is_as_logged =
            row.logged_digest.as_ref().is_none_or(|digest| found.digest() == digest.as_slice());
        if !is_as_logged || row.kind != row.logged_kind {
            let name = OperationId::from_slice(&row.operation_id).map(|id| id.to_string());
            let detail =
                format!("operation {} differs from its row in the audit log", name.unwrap_or_default());
            self.violations.push(Violation { invariant: Invariant::I8, detail });
        }
    }
}
