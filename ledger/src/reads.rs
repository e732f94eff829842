//! What is read back from the ledger.

use super::audit_log::SealHead;
use super::{BlindedHash, Invariant, OperationId, OperationKind, Receipt};
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::{AccountId, Amount, Currency, InstitutionId, KeysetId, Timestamp};
use serde::Serialize;

/// What a ledger is the ledger of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerIdentity {
    /// The institution.
    pub institution_id: InstitutionId,
    /// The currency.
    pub currency: Currency,
}

/// The times by which a mint's clock is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LedgerClock {
    /// The newest time at which a clock was believed; none: nothing has happened yet.
    pub newest: Option<Timestamp>,
    /// What a clock said that disagrees with `newest`, and was not confirmed yet.
    pub doubted_at: Option<Timestamp>,
}

/// How much a health check writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteProbe {
    /// A few bytes: enough to find a read-only database.
    Small,
    /// More than a request of 128 outputs writes: enough to find a disk that is almost full.
    Large,
}

impl WriteProbe {
    /// How many bytes this probe writes.
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
    /// Its id.
    pub operation_id: OperationId,
    /// What it did.
    pub kind: OperationKind,
    /// SHA-256 of the canonical request.
    pub request_digest: Option<[u8; 32]>,
    /// Ids and times.
    pub outcome: serde_json::Value,
}

impl From<OperationRecord> for Receipt {
    fn from(record: OperationRecord) -> Self {
        Self { operation_id: record.operation_id, outcome: record.outcome }
    }
}

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRole {
    /// Treasury, expired, refunds.
    System,
    /// Withdraws and deposits.
    Customer,
    /// Is paid.
    Merchant,
}

impl AccountRole {
    /// Its name in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Customer => "customer",
            Self::Merchant => "merchant",
        }
    }

    /// From its name in the ledger.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::System, Self::Customer, Self::Merchant].into_iter().find(|role| role.as_str() == name)
    }
}

/// An account of a customer or merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its name.
    pub account_id: AccountId,
    /// What it is.
    pub role: AccountRole,
    /// What it has.
    pub balance: Amount,
}

/// A line of an account's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// Rises with time.
    pub entry_id: u64,
    /// The operation.
    pub operation_id: OperationId,
    /// What it did.
    pub kind: OperationKind,
    /// Minor units.
    pub change_minor: i64,
    /// To the minute.
    pub at: Timestamp,
}

/// A keyset and its place in the row of epochs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKeyset {
    /// 1, 2, 3, …
    pub epoch: u32,
    /// Its epoch is over; no clock revives it.
    pub ended: bool,
    /// The keyset.
    pub keyset: Keyset,
}

/// An output as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OutputRef {
    /// The keyset of the key.
    pub keyset_id: KeysetId,
    /// The key.
    pub key_id: KeyId,
    /// The blinded token's hash.
    pub blinded_hash: BlindedHash,
}

/// An issued row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedRecord {
    /// What was signed.
    pub blinded_hash: BlindedHash,
    /// The signature.
    pub blind_signature: Vec<u8>,
}

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The invariant that does not hold.
    pub invariant: Invariant,
    /// What was found.
    pub detail: String,
}

/// The result of an audit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Operations in the ledger.
    pub operations: u64,
    /// Tokens issued.
    pub issued_tokens: u64,
    /// Tokens spent.
    pub spent_tokens: u64,
    /// Value of tokens issued and not spent, in minor units.
    pub outstanding_minor: i64,
    /// Value on accounts but the treasury, in minor units.
    pub accounts_minor: i64,
    /// The treasury: minus the money that is held outside, in minor units.
    pub treasury_minor: i64,
    /// Operations that no seal covers yet.
    pub unsealed_operations: u64,
    /// How far the audit log is sealed; none: nothing is.
    pub seal_head: Option<SealHead>,
    /// What does not hold; empty: everything does.
    pub violations: Vec<Violation>,
}

impl AuditReport {
    /// I2 over everything: all entries sum to zero.
    pub(super) fn check_sum(&mut self) {
        let total = self.outstanding_minor + self.accounts_minor + self.treasury_minor;
        if total != 0 {
            let detail = format!("all entries sum to {total}, not to zero");
            self.violations.push(Violation { invariant: Invariant::I2, detail });
        }
    }
}
