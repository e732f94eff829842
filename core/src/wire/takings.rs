//! `GET /api/v1/merchant/takings`

use crate::{Amount, Currency, Timestamp};
use serde::{Deserialize, Serialize};

/// What a merchant took over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakingsResponse {
    /// Currency of all amounts.
    pub currency: Currency,
    /// Quarters of an hour in which something happened, oldest first.
    pub data: Vec<TakingsView>,
}

/// What a merchant took in a quarter of an hour. Every time zone differs from UTC by whole quarters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakingsView {
    /// Start of the quarter of an hour.
    pub from: Timestamp,
    /// Number of payments that were paid.
    pub payments: u64,
    /// What was paid, tips included, in minor units.
    pub taken: Amount,
    /// What was set aside for refunds, less what came back because nobody claimed it, in minor units. Negative if more came back.
    pub refunded_minor: i64,
}
