//! The feed of a merchant's events.

use crate::columns::{operation_id, timestamp, unsigned};
use crate::{LedgerError, OperationId};
use ecash_core::Timestamp;

/// Gap in the event numbers after a restored backup. It exceeds the number of events of any merchant between
/// two backups.
pub(crate) const FEED_GAP: i64 = 1_000_000;

/// An event that a merchant reads.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRecord {
    /// Number of the event, counted from 1 for each merchant. The only gaps are those that the operator
    /// leaves after restoring a backup.
    pub number: u64,
    /// The operation that wrote the event.
    pub operation_id: OperationId,
    /// Name of the event, such as `payment.paid`.
    pub kind: String,
    /// Content of the event, in JSON.
    pub payload: serde_json::Value,
    /// Time of the event, rounded down to the minute.
    pub at: Timestamp,
}

/// The numbers of the events that a merchant can still read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedSpan {
    /// The oldest one.
    pub first: u64,
    /// The newest one.
    pub last: u64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    feed_no: i64,
    operation_id: Vec<u8>,
    kind: String,
    payload: String,
    at: i64,
}

impl TryFrom<EventRow> for EventRecord {
    type Error = LedgerError;
    fn try_from(row: EventRow) -> Result<Self, LedgerError> {
        Ok(Self {
            number: unsigned(row.feed_no, "number of an event")?,
            operation_id: operation_id(&row.operation_id)?,
            kind: row.kind,
            payload: serde_json::from_str(&row.payload).map_err(|_| LedgerError::Corrupt("event"))?,
            at: timestamp(row.at)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct SpanRow {
    first: Option<i64>,
    last: Option<i64>,
}

impl SpanRow {
    pub(crate) fn span(&self) -> Result<Option<FeedSpan>, LedgerError> {
        let Some((first, last)) = self.first.zip(self.last) else { return Ok(None) };
        let what = "number of an event";
        Ok(Some(FeedSpan { first: unsigned(first, what)?, last: unsigned(last, what)? }))
    }
}
