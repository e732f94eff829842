//! Records that are read from the ledger.

use super::audit_log::SealHead;
use super::{BlindedHash, CommittedPosting, Invariant, OperationId, OperationKind, Violation};
use ecash_core::keys::Keyset;
use ecash_core::{AccountId, Amount, Currency, InstitutionId, Timestamp};
use serde::Serialize;

/// The institution and currency of a ledger, fixed when it is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerIdentity {
    /// The institution whose mints share this ledger.
    pub institution_id: InstitutionId,
    /// The currency of every amount in it.
    pub currency: Currency,
}

/// The times against which a mint's clock is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LedgerClock {
    /// The newest time at which a clock was trusted; `None` in a new ledger.
    pub newest: Option<Timestamp>,
    /// A time that disagrees with `newest` and is not confirmed yet.
    pub doubted_at: Option<Timestamp>,
}

/// The size of a health check's write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteProbe {
    /// One byte, which detects a read-only database.
    Small,
    /// 256 KiB, more than a request of 128 outputs writes, which detects a disk that is almost full.
    Large,
}

impl WriteProbe {
    /// Returns how many bytes this probe writes.
    #[must_use]
    pub const fn len_bytes(self) -> i64 {
        match self {
            Self::Small => 1,
            Self::Large => 1 << 18,
        }
    }
}

/// A committed operation.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationRecord {
    /// The random id chosen by the operation.
    pub operation_id: OperationId,
    /// The kind, which determines the format of `outcome`.
    pub kind: OperationKind,
    /// SHA-256 of the canonical request; `None` for operations that no client requested.
    pub request_digest: Option<[u8; 32]>,
    /// Data from which the response to a retry is built, in JSON.
    pub outcome: serde_json::Value,
}

impl From<OperationRecord> for CommittedPosting {
    fn from(record: OperationRecord) -> Self {
        Self { operation_id: record.operation_id, outcome: record.outcome }
    }
}

/// The role of an account; it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRole {
    /// The mint's own accounts: `treasury`, `expired`, `refunds` and `payouts`.
    System,
    /// Withdraws and redeems tokens.
    Customer,
    /// Receives payments.
    Merchant,
}

impl AccountRole {
    /// Returns the role as the ledger stores it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Customer => "customer",
            Self::Merchant => "merchant",
        }
    }

    /// Parses a stored role; the inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::System, Self::Customer, Self::Merchant].into_iter().find(|role| role.as_str() == name)
    }
}

/// An account of a customer or merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRecord {
    /// The account's id, unique in the ledger.
    pub account_id: AccountId,
    /// Whether it is a customer or a merchant.
    pub role: AccountRole,
    /// The balance when the record was read.
    pub balance: Amount,
}

/// A line of an account's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// Increases with time; the cursor for paging.
    pub entry_id: u64,
    /// The operation that wrote the entry.
    pub operation_id: OperationId,
    /// The kind of that operation.
    pub kind: OperationKind,
    /// Minor units; negative for a debit.
    pub change_minor: i64,
    /// Rounded to the minute.
    pub at: Timestamp,
}

/// A published keyset and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKeyset {
    /// Position in the sequence of keysets, from 1.
    pub epoch: u32,
    /// Whether the keyset has ended. Permanent, regardless of any clock.
    pub ended: bool,
    /// Keys, proofs and dates; key ids are recomputed when read.
    pub keyset: Keyset,
}

/// A stored blind signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedRecord {
    /// Hash of the blinded token that was signed.
    pub blinded_hash: BlindedHash,
    /// The signature, k bytes.
    pub blind_signature: Vec<u8>,
}

/// The result of an audit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Number of committed operations.
    pub operations: u64,
    /// Number of stored blind signatures.
    pub issued_tokens: u64,
    /// Number of stored spent ids.
    pub spent_tokens: u64,
    /// Value of issued and unspent tokens, in minor units.
    pub outstanding_minor: i64,
    /// Sum of all balances except the treasury's, in minor units.
    pub accounts_minor: i64,
    /// Balance of the treasury in minor units: the negated value of the money held outside.
    pub treasury_minor: i64,
    /// Number of operations that no seal covers yet.
    pub unsealed_operations: u64,
    /// The newest seal; `None` if nothing is sealed.
    pub seal_head: Option<SealHead>,
    /// Empty if every invariant holds.
    pub violations: Vec<Violation>,
}

impl AuditReport {
    /// Checks I2 over the whole ledger: outstanding value, accounts and treasury sum to zero.
    pub(super) fn check_sum(&mut self) {
        let parts = [self.outstanding_minor, self.accounts_minor, self.treasury_minor];
        let total: i128 = parts.into_iter().map(i128::from).sum();
        if total != 0 {
            let detail = format!("all entries sum to {total}, not to zero");
            self.violations.push(Violation { invariant: Invariant::I2, detail });
        }
    }
}
