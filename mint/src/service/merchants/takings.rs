//! A merchant's takings over time: sums for a chart, and entries for the export.

use crate::service::{Mint, ServiceError};
use ecash_core::wire::{ErrorCode, TakingsResponse, TakingsView};
use ecash_core::{AccountId, Amount, Timestamp};
use ecash_ledger::movements::CLOCK_DIFFERENCE_S;
use ecash_ledger::{MovementLine, Takings};

/// Maximum span of a request for sums: 32 days, so that a month of any time zone fits.
const MAX_TAKINGS_S: u64 = 32 * 86_400;
/// Maximum number of entries that one read returns.
const PAGE: u32 = 500;

/// A half-open span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    /// Its start.
    pub from: Timestamp,
    /// Its end, which is not in it.
    pub to: Timestamp,
}

impl TimeSpan {
    /// # Errors
    /// [`ErrorCode::MalformedRequest`] unless `from` is before `to`.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, ServiceError> {
        if from >= to {
            let detail = "`from` must be before `to`";
            return Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail));
        }
        Ok(Self { from, to })
    }

    fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

const fn hour_before(at: Timestamp) -> Timestamp {
    Timestamp::from_unix_seconds(at.unix_seconds().saturating_sub(CLOCK_DIFFERENCE_S))
}

const fn hour_after(at: Timestamp) -> Timestamp {
    at.plus_seconds(CLOCK_DIFFERENCE_S)
}

/// Reads an account's entries in a span of time, page by page.
#[derive(Debug)]
pub struct MovementReader {
    account_id: AccountId,
    span: TimeSpan,
    next_entry: u64,
    is_at_end: bool,
}

impl Mint {
    /// Sums a merchant's takings in quarters of an hour.
    ///
    /// # Errors
    /// [`ErrorCode::MalformedRequest`] for a span of more than 32 days.
    pub async fn takings(
        &self,
        merchant_id: &AccountId,
        span: TimeSpan,
    ) -> Result<TakingsResponse, ServiceError> {
        if span.to.unix_seconds() - span.from.unix_seconds() > MAX_TAKINGS_S {
            let detail = format!("the span must be at most {} days", MAX_TAKINGS_S / 86_400);
            return Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail));
        }
        let movements = &self.deps.ledger.movements;
        let first = movements.first_entry_since(merchant_id, hour_before(span.from)).await?;
        let takings = movements.takings(merchant_id, first, (span.from, span.to)).await?;
        let data = takings.into_iter().map(takings_view).collect::<Result<_, _>>()?;
        Ok(TakingsResponse { currency: self.identity().currency.clone(), data })
    }

    /// Starts reading a merchant's entries in a span of time. Also returns the balance at its start, in minor
    /// units.
    ///
    /// # Errors
    /// The ledger's failure.
    pub async fn movements_of(
        &self,
        merchant_id: &AccountId,
        span: TimeSpan,
    ) -> Result<(MovementReader, i64), ServiceError> {
        let movements = &self.deps.ledger.movements;
        let first = movements.first_entry_since(merchant_id, hour_before(span.from)).await?;
        let later = movements.first_entry_since(merchant_id, hour_after(span.from)).await?;
        let opening = movements.balance_before(merchant_id, span.from, (first, later)).await?;
        let account_id = merchant_id.clone();
        Ok((MovementReader { account_id, span, next_entry: first, is_at_end: false }, opening))
    }

    /// Returns the next entries of a span; empty at its end.
    ///
    /// # Errors
    /// The ledger's failure.
    pub async fn next_movements(
        &self,
        reader: &mut MovementReader,
    ) -> Result<Vec<MovementLine>, ServiceError> {
        while !reader.is_at_end {
            let movements = &self.deps.ledger.movements;
            let mut page = movements.movements(&reader.account_id, reader.next_entry, PAGE).await?;
            reader.next_entry = page.last().map_or(reader.next_entry, |line| line.entry_id + 1);
            let end = hour_after(reader.span.to);
            reader.is_at_end = page.len() < PAGE as usize || page.last().is_some_and(|line| line.at >= end);
            page.retain(|line| reader.span.contains(line.at));
            if !page.is_empty() {
                return Ok(page);
            }
        }
        Ok(Vec::new())
    }
}

fn takings_view(takings: Takings) -> Result<TakingsView, ServiceError> {
    Ok(TakingsView {
        from: takings.from,
        payments: takings.payments,
        taken: Amount::new(takings.taken_minor).map_err(ServiceError::unavailable)?,
        refunded_minor: takings.refunded_minor,
    })
}
