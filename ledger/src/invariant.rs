//! The invariants of the ledger, by number and sentence. `docs/invariants.md` lists them; a test compares.

use serde::Serialize;
use std::fmt;

/// What must hold at any time; `ecash-mint audit` checks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Invariant {
    /// Keys.
    I1,
    /// Balance.
    I2,
    /// Outstanding value.
    I3,
    /// Uniqueness.
    I4,
    /// Signatures.
    I5,
    /// Claims.
    I6,
    /// Events.
    I7,
    /// The audit log.
    I8,
}

impl Invariant {
    /// Every invariant, in the order in which `audit` checks them.
    pub const ALL: [Self; 8] =
        [Self::I1, Self::I2, Self::I3, Self::I4, Self::I5, Self::I6, Self::I7, Self::I8];

    /// What must hold, as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::I1 => "For each key that has not ended, no more tokens were spent than issued.",
            Self::I2 => {
                "Every operation balances, all entries sum to zero, and each balance is the sum of its account's entries and at most 2^53 - 1."
            }
            Self::I3 => {
                "For each operation and key, the tokens issued and spent are worth what its entries say."
            }
            Self::I4 => "Each spent id occurs once, and each blinded token was signed once per key.",
            Self::I5 => "Each stored blind signature verifies against its key.",
            Self::I6 => "Each claim names one operation, and the digest of its request is stored.",
            Self::I7 => "Each event belongs to an operation.",
            Self::I8 => {
                "Each operation has one row in the audit log with its digest, each seal covers exactly its rows, and the seals form a chain."
            }
        }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
