//! A mark: number, hash and time of a seal, stored outside the ledger. A ledger without this seal is older
//! than the mark, or a different ledger.

use crate::LedgerError;
use ecash_core::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A seal by its number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredMark", into = "StoredMark")]
pub struct SealMark {
    /// Number of the seal, counted from 1.
    pub seal_no: u64,
    /// Its hash, which covers all seals before it.
    pub seal_hash: [u8; 32],
    /// Time of the seal; `None` in a mark from the command line.
    pub at: Option<Timestamp>,
}

impl SealMark {
    /// Returns whether both marks name the same seal.
    #[must_use]
    pub fn is_same_seal(&self, other: &Self) -> bool {
        (self.seal_no, self.seal_hash) == (other.seal_no, other.seal_hash)
    }
}

/// `NUMBER:HASH`, as `audit --expect` takes it.
impl fmt::Display for SealMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seal_no, const_hex::encode(self.seal_hash))
    }
}

/// The text is not a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected NUMBER:HASH, with the number and the hash of a seal as `ecash-mint audit` prints them")]
pub struct MarkError;

impl FromStr for SealMark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, MarkError> {
        let (seal_no, hash) = text.split_once(':').ok_or(MarkError)?;
        let seal_no = seal_no.parse().map_err(|_| MarkError)?;
        let hash = const_hex::decode(hash).map_err(|_| MarkError)?;
        Ok(Self { seal_no, seal_hash: hash.try_into().map_err(|_| MarkError)?, at: None })
    }
}

/// The JSON form of a mark in a file.
#[derive(Serialize, Deserialize)]
struct StoredMark {
    seal: String,
    at: Option<Timestamp>,
}

impl From<SealMark> for StoredMark {
    fn from(mark: SealMark) -> Self {
        Self { seal: mark.to_string(), at: mark.at }
    }
}

impl TryFrom<StoredMark> for SealMark {
    type Error = MarkError;

    fn try_from(stored: StoredMark) -> Result<Self, MarkError> {
        Ok(Self { at: stored.at, ..stored.seal.parse::<Self>()? })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct SealMarkRow {
    seal_no: i64,
    seal_hash: Vec<u8>,
    at: i64,
}

impl TryFrom<SealMarkRow> for SealMark {
    type Error = LedgerError;

    fn try_from(row: SealMarkRow) -> Result<Self, LedgerError> {
        let corrupt = || LedgerError::Corrupt("seal");
        let at = u64::try_from(row.at).map_err(|_| corrupt())?;
        Ok(Self {
            seal_no: u64::try_from(row.seal_no).map_err(|_| corrupt())?,
            seal_hash: row.seal_hash.try_into().map_err(|_| corrupt())?,
            at: Some(Timestamp::from_unix_seconds(at)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::SealMark;

    #[test]
    fn marks_round_trip() {
        let mark = SealMark { seal_no: 7, seal_hash: [0xab; 32], at: None };
        assert_eq!(mark.to_string().parse(), Ok(mark));
        let json = serde_json::to_string(&mark).unwrap();
        assert_eq!(serde_json::from_str::<SealMark>(&json).unwrap(), mark);
        for bad in ["", "7", "7:ab", "x:00", &format!("-1:{}", "00".repeat(32))] {
            assert!(bad.parse::<SealMark>().is_err(), "{bad}");
        }
    }
}
