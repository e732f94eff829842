//! The chain of seals: signs the next seal, and checks the whole chain in an audit.

use crate::ed25519::{Ed25519Key, verifies};
use crate::{Invariant, LedgerError, Violation};
use ecash_core::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use sqlx::FromRow;
use std::collections::BTreeSet;

const ROWS_LABEL: &[u8] = b"ecash audit rows 1\n";
const SEAL_LABEL: &[u8] = b"ecash audit seal 1\n";

/// The columns of a log row that its seal covers.
#[derive(FromRow)]
pub(crate) struct LogRow {
    pub(crate) audit_id: i64,
    pub(crate) operation_id: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) digest: Option<Vec<u8>>,
}

fn add_row(hash: &mut Sha256, row: &LogRow) {
    hash.update(row.audit_id.to_be_bytes());
    for part in [&row.operation_id, row.kind.as_bytes(), row.digest.as_deref().unwrap_or_default()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
}

/// A seal: signs the number and digest of its rows, and the hash of the previous seal.
pub(crate) struct Seal {
    /// Position in the chain, from 1, without gaps.
    pub(crate) seal_no: i64,
    pub(crate) row_count: i64,
    pub(crate) rows_digest: [u8; 32],
    /// Unix seconds, rounded to the minute.
    pub(crate) at: i64,
    /// SHA-256 of the previous seal's hash and of all fields except the signature.
    pub(crate) seal_hash: [u8; 32],
    pub(crate) public_key: [u8; 32],
    /// Ed25519 signature of `seal_hash`.
    pub(crate) signature: [u8; 64],
}

impl Seal {
    /// Computes the hash of this seal when `before` is the hash of the previous one.
    fn hash_after(&self, before: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(SEAL_LABEL);
        hash.update(before);
        for number in [self.seal_no, self.row_count, self.at] {
            hash.update(number.to_be_bytes());
        }
        hash.update(self.rows_digest);
        hash.update(self.public_key);
        hash.finalize().into()
    }
}

/// The end of the chain, after which the next seal is added.
#[derive(Default)]
pub(crate) struct NextSeal {
    last_no: i64,
    last_hash: [u8; 32],
}

impl NextSeal {
    /// Starts from number and hash of the last seal, or from zeros for the first seal.
    pub(crate) fn after(last: Option<(i64, Vec<u8>)>) -> Result<Self, LedgerError> {
        let Some((last_no, hash)) = last else { return Ok(Self::default()) };
        let last_hash = hash.try_into().map_err(|_| LedgerError::Corrupt("seal"))?;
        Ok(Self { last_no, last_hash })
    }

    /// Signs a seal over these rows, which must be sorted by id.
    pub(crate) fn seal(self, rows: &[LogRow], key: &Ed25519Key, at: Timestamp) -> Result<Seal, LedgerError> {
        let mut hash = Sha256::new_with_prefix(ROWS_LABEL);
        rows.iter().for_each(|row| add_row(&mut hash, row));
        let rows_digest = hash.finalize().into();
        let at = crate::columns::seconds(at.rounded_to_minute());
        let row_count = i64::try_from(rows.len())
            .map_err(|_| LedgerError::BrokenInvariant("a seal has too many rows"))?;
        let seal_no = self.last_no + 1;
        let public_key = *key.public();
        let (seal_hash, signature) = ([0; 32], [0; 64]);
        let mut seal = Seal { seal_no, row_count, rows_digest, at, seal_hash, public_key, signature };
        seal.seal_hash = seal.hash_after(&self.last_hash);
        seal.signature = key.sign(&seal.seal_hash).map_err(LedgerError::Seal)?;
        Ok(seal)
    }
}

/// The last seal of the chain. A copy stored elsewhere can later prove that no sealed row was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SealHead {
    /// Number of the last seal.
    pub seal_no: u64,
    /// Hash of the last seal, in hex.
    pub seal_hash: String,
    /// Every public key with a valid signature in the chain, in hex.
    pub keys: BTreeSet<String>,
}

/// A stored seal joined with one of the rows that name it. The row's columns are `NULL` for a seal without
/// rows.
#[derive(FromRow)]
pub(crate) struct SealedColumns {
    seal_no: i64,
    row_count: i64,
    rows_digest: Vec<u8>,
    at: i64,
    seal_hash: Vec<u8>,
    public_key: Vec<u8>,
    signature: Vec<u8>,
    audit_id: Option<i64>,
    operation_id: Option<Vec<u8>>,
    kind: Option<String>,
    digest: Option<Vec<u8>>,
}

impl SealedColumns {
    fn row(&mut self) -> Option<LogRow> {
        Some(LogRow {
            audit_id: self.audit_id.take()?,
            operation_id: self.operation_id.take()?,
            kind: self.kind.take()?,
            digest: self.digest.take(),
        })
    }

    fn seal(self) -> Option<Seal> {
        Some(Seal {
            seal_no: self.seal_no,
            row_count: self.row_count,
            rows_digest: self.rows_digest.try_into().ok()?,
            at: self.at,
            seal_hash: self.seal_hash.try_into().ok()?,
            public_key: self.public_key.try_into().ok()?,
            signature: self.signature.try_into().ok()?,
        })
    }
}

/// The seal whose rows are being read.
struct UnderWay {
    /// `None` if a stored field has the wrong length.
    seal: Option<Seal>,
    seal_no: i64,
    rows: i64,
    hash: Sha256,
}

/// Checks a chain row by row, without holding it in memory. Rows must come ordered by seal, then by id.
#[derive(Default)]
pub(crate) struct ChainCheck {
    last_no: i64,
    last_hash: [u8; 32],
    keys: BTreeSet<[u8; 32]>,
    current: Option<UnderWay>,
    violations: Vec<Violation>,
}

impl ChainCheck {
    pub(crate) fn push(&mut self, mut columns: SealedColumns) {
        let (seal_no, row) = (columns.seal_no, columns.row());
        if self.current.as_ref().is_none_or(|current| current.seal_no != seal_no) {
            self.close_seal();
            let hash = Sha256::new_with_prefix(ROWS_LABEL);
            self.current = Some(UnderWay { seal: columns.seal(), seal_no, rows: 0, hash });
        }
        if let (Some(current), Some(row)) = (&mut self.current, row) {
            current.rows += 1;
            add_row(&mut current.hash, &row);
        }
    }

    /// Returns the last seal and all violations.
    pub(crate) fn finish(mut self) -> (Option<SealHead>, Vec<Violation>) {
        self.close_seal();
        let head = (self.last_no > 0).then(|| SealHead {
            seal_no: self.last_no.unsigned_abs(),
            seal_hash: const_hex::encode(self.last_hash),
            keys: self.keys.iter().map(const_hex::encode).collect(),
        });
        (head, self.violations)
    }

    /// Checks the current seal, whose rows were all read, against its rows and the previous seal.
    fn close_seal(&mut self) {
        let Some(UnderWay { seal, seal_no, rows, hash }) = self.current.take() else { return };
        // 1. Seal numbers have no gaps.
        let expected_no = self.last_no + 1;
        if seal_no != expected_no {
            self.found(format!("seal {expected_no} is missing: the next one is {seal_no}"));
        }
        self.last_no = seal_no;
        let Some(seal) = seal else { return self.found(format!("seal {seal_no} is corrupt")) };
        // 2. The seal covers exactly the rows that name it.
        let rows_digest: [u8; 32] = hash.finalize().into();
        if seal.row_count != rows {
            self.found(format!("seal {seal_no} covers {} row(s), but {rows} exist", seal.row_count));
        } else if seal.rows_digest != rows_digest {
            self.found(format!("the rows under seal {seal_no} differ from those that were sealed"));
        }
        // 3. The seal's hash covers its fields and the previous seal, and is signed.
        if seal.seal_hash != seal.hash_after(&self.last_hash) {
            self.found(format!("seal {seal_no} does not follow from the seal before it"));
        }
        if verifies(&seal.public_key, &seal.seal_hash, &seal.signature) {
            self.keys.insert(seal.public_key);
        } else {
            self.found(format!("the signature of seal {seal_no} does not verify"));
        }
        self.last_hash = seal.seal_hash;
    }

    fn found(&mut self, detail: String) {
        self.violations.push(Violation { invariant: Invariant::I8, detail });
    }
}
