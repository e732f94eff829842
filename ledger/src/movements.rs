//! A merchant's account over a span of time: its entries with their causes, and sums of its income.
//!
//! Entries are found by their id, which increases with time, except for the difference between the clocks of
//! mints that share a ledger. Each mint refuses to rotate keys if its clock differs from the database's by
//! more than half of [`CLOCK_DIFFERENCE_S`], and then does not start.

use crate::columns::{kind, operation_id, timestamp, unsigned};
use crate::{LedgerError, OperationId, OperationKind};
use ecash_core::{PaymentId, PayoutId, RefundId, Timestamp};

/// Upper bound, in seconds, of how far operation times may be out of commit order.
pub const CLOCK_DIFFERENCE_S: u64 = 3600;

/// Length of the spans that [`Takings`] sums, in seconds. Every time zone differs from UTC by a multiple of
/// it.
pub const TAKINGS_STEP_S: u64 = 900;

/// An entry of an account, and the payment, refund or payout that caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementLine {
    /// Increases with time; the cursor for paging.
    pub entry_id: u64,
    /// The operation that wrote the entry.
    pub operation_id: OperationId,
    /// The kind of that operation.
    pub kind: OperationKind,
    /// Minor units; negative for a debit.
    pub change_minor: i64,
    /// Rounded down to the minute.
    pub at: Timestamp,
    /// The payment that was paid or refunded.
    pub payment_id: Option<PaymentId>,
    /// The merchant's reference of the order.
    pub order_ref: Option<String>,
    /// Description of that payment.
    pub description: Option<String>,
    /// The tip in the change, in minor units.
    pub tip_minor: u64,
    /// The refund that was created or returned.
    pub refund_id: Option<RefundId>,
    /// The payout that was requested or rejected.
    pub payout_id: Option<PayoutId>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct MovementRow {
    entry_id: i64,
    operation_id: Vec<u8>,
    kind: String,
    change_minor: i64,
    at: i64,
    payment_id: Option<String>,
    order_ref: Option<String>,
    description: Option<String>,
    tip_minor: Option<i64>,
    refund_id: Option<String>,
    payout_id: Option<String>,
}

impl TryFrom<MovementRow> for MovementLine {
    type Error = LedgerError;
    fn try_from(row: MovementRow) -> Result<Self, LedgerError> {
        const CORRUPT: LedgerError = LedgerError::Corrupt("id of a movement");
        Ok(Self {
            entry_id: unsigned(row.entry_id, "entry id")?,
            operation_id: operation_id(&row.operation_id)?,
            kind: kind(&row.kind)?,
            change_minor: row.change_minor,
            at: timestamp(row.at)?,
            payment_id: row.payment_id.map(PaymentId::new).transpose().map_err(|_| CORRUPT)?,
            order_ref: row.order_ref,
            description: row.description,
            tip_minor: unsigned(row.tip_minor.unwrap_or_default(), "tip")?,
            refund_id: row.refund_id.map(RefundId::new).transpose().map_err(|_| CORRUPT)?,
            payout_id: row.payout_id.map(PayoutId::new).transpose().map_err(|_| CORRUPT)?,
        })
    }
}

/// A merchant's income in one span of [`TAKINGS_STEP_S`]. Spans without payments or refunds are omitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Takings {
    /// Start of the span.
    pub from: Timestamp,
    /// Number of payments to the account.
    pub payments: u64,
    /// Sum of the payments, including tips, in minor units.
    pub taken_minor: u64,
    /// Sum of the created refunds less the unclaimed refunds that were returned, in minor units. Negative if
    /// more was returned.
    pub refunded_minor: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct TakingsRow {
    from_at: i64,
    payments: i64,
    taken_minor: i64,
    refunded_minor: i64,
}

impl TryFrom<TakingsRow> for Takings {
    type Error = LedgerError;
    fn try_from(row: TakingsRow) -> Result<Self, LedgerError> {
        Ok(Self {
            from: timestamp(row.from_at)?,
            payments: unsigned(row.payments, "number of payments")?,
            taken_minor: unsigned(row.taken_minor, "takings")?,
            refunded_minor: row.refunded_minor,
        })
    }
}
