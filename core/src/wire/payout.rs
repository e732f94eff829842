//! `/api/v1/merchant/payouts`: payments of a merchant's money outside the mint.

use crate::{AccountId, Amount, PayoutId, Timestamp};
use serde::{Deserialize, Serialize};

/// The state of a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PayoutState {
    /// The money is set aside until the operator has paid it outside the mint.
    Requested,
    /// The money was paid outside the mint.
    Settled,
    /// The payout was rejected, and the money is back in the merchant's account.
    Rejected,
}

/// `POST /api/v1/merchant/payouts`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePayoutRequest {
    /// Amount in minor units.
    pub amount: Amount,
    /// A note, one line of at most 64 characters. The destination of the money is agreed with the operator
    /// and is not part of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PayoutView {
    /// Id of the payout.
    pub payout_id: PayoutId,
    /// Account of the merchant.
    pub merchant_id: AccountId,
    /// Amount in minor units.
    pub amount: Amount,
    /// The merchant's note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// State of the payout.
    pub state: PayoutState,
    /// When it was requested, rounded down to the minute.
    pub requested_at: Timestamp,
    /// When it was settled or rejected, rounded down to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The operator's reference of the external payment, or the reason for the rejection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_reference: Option<String>,
}

/// `GET /api/v1/merchant/payouts`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PayoutList {
    /// Newest first.
    pub data: Vec<PayoutView>,
    /// `before` of the next page; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<PayoutId>,
}
