//! The invariants of the ledger, by number and sentence. A test compares them with `docs/invariants.md`.

use serde::Serialize;
use std::fmt;

/// An invariant that holds at any time and that `ecash-mint audit` checks. [`Self::sentence`] defines each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Invariant {
    /// Tokens spent and issued, per key.
    I1,
    /// Balanced operations and account balances.
    I2,
    /// Value of tokens and entries, per operation and key.
    I3,
    /// Uniqueness of spent ids and of signed outputs.
    I4,
    /// Validity of stored blind signatures.
    I5,
    /// Owners and digests of claims.
    I6,
    /// Owners of events.
    I7,
    /// Rows and seals of the audit log.
    I8,
}

impl Invariant {
    /// Every invariant, in the order in which `audit` checks them.
    pub const ALL: [Self; 8] =
        [Self::I1, Self::I2, Self::I3, Self::I4, Self::I5, Self::I6, Self::I7, Self::I8];

    /// Returns the definition, as `audit` prints it.
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
            Self::I7 => {
                "Each event belongs to an operation. Each payment that ended did so once, by the operation that owns its claim, and if it is paid, that operation credited exactly its amount and tip; no order is paid twice. Refunds are at most what was paid, each ends once, and the account refunds holds those that are open; the same of payouts."
            }
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

/// A violated invariant, found by an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The invariant that does not hold.
    pub invariant: Invariant,
    /// The rows or sums that violate it, for the operator.
    pub detail: String,
}
