//! The public keys that sign receipts.

use crate::{LedgerError, columns};
use ecash_core::Timestamp;

/// Time in seconds for which the previous key may still sign after its successor was added. It allows mints
/// to be restarted one by one.
const OVERLAP_S: u64 = 24 * 60 * 60;

/// A key that signs, or has signed, receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptKeyRecord {
    /// Ed25519 public key.
    pub public_key: [u8; 32],
    /// Time from which the key signs, a whole minute.
    pub from: Timestamp,
    /// Signature of the previous key; `None` for the first key, and if the previous one was lost.
    pub by_previous: Option<[u8; 64]>,
}

impl ReceiptKeyRecord {
    /// Returns the time at which a key stops signing, given its successor `next`.
    #[must_use]
    pub const fn until(next: &Self) -> Timestamp {
        next.from.plus_seconds(OVERLAP_S)
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct ReceiptKeyRow {
    public_key: Vec<u8>,
    from_at: i64,
    by_previous: Vec<u8>,
}

impl TryFrom<ReceiptKeyRow> for ReceiptKeyRecord {
    type Error = LedgerError;
    fn try_from(row: ReceiptKeyRow) -> Result<Self, LedgerError> {
        let by_previous = Some(row.by_previous).filter(|signature| !signature.is_empty());
        let by_previous = by_previous.map(TryInto::try_into).transpose();
        Ok(Self {
            public_key: row.public_key.try_into().map_err(|_| LedgerError::Corrupt("receipt key"))?,
            from: columns::timestamp(row.from_at)?,
            by_previous: by_previous.map_err(|_| LedgerError::Corrupt("receipt key"))?,
        })
    }
}
