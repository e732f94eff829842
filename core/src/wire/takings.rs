//! `GET /api/v1/merchant/takings`

use crate::{Amount, Currency, Timestamp};
use serde::{Deserialize, Serialize};

/// A merchant's income over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakingsResponse {
    /// Currency of all amounts.
    pub currency: Currency,
    /// Quarters of an hour with at least one payment or refund, oldest first.
    pub data: Vec<TakingsView>,
}

/// A merchant's income in a quarter of an hour. Quarters suit every time zone, because each differs from UTC
/// by whole quarters of an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakingsView {
    /// Start of the quarter of an hour.
    pub from: Timestamp,
    /// Number of paid payments.
    pub payments: u64,
    /// Sum of the payments, including tips, in minor units.
    pub taken: Amount,
    /// Sum of the created refunds less the unclaimed refunds that were returned, in minor units. Negative if
    /// more was returned.
    pub refunded_minor: i64,
}
