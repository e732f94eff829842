//! `GET /api/v1/payments/{payment_id}`: the view of a payment for anyone who knows its id.

use super::{PublicRefund, RefundState};
use crate::base64url::Base64Url;
use crate::{AccountId, Amount, Currency, Origin, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};

/// The state of a payment. All states except `open` are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Can be paid. The state remains `open` for a short time after `expires_at`, until the mint has recorded
    /// the expiry. The mint rejects redemptions of the payment in this time.
    Open,
    /// Paid in full.
    Paid,
    /// Cancelled by the merchant.
    Cancelled,
    /// Not paid in time.
    Expired,
}

impl PaymentState {
    /// Returns the state as the API writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// The public view of a payment. It contains neither the order's reference nor the shop's metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentView {
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// State of the payment.
    pub state: PaymentState,
    /// Increases with each change. A view with a lower version is older.
    pub version: u32,
    /// Amount to pay, in minor units of `currency`.
    pub amount: Amount,
    /// Maximum tip in minor units; 0 if no tip is accepted.
    pub tip_max: Amount,
    /// Currency of all amounts.
    pub currency: Currency,
    /// The merchant's description of the payment: one line of plain text.
    pub description: String,
    /// Sealed details of the order, which the mint cannot read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_box: Option<Base64Url>,
    /// Hash of the details: 32 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_hash: Option<Base64Url>,
    /// Merchant that is paid.
    pub merchant: MerchantView,
    /// Time at which it was created. The digest of keysets in a shop's link is for this time.
    pub created_at: Timestamp,
    /// Time at which the payment expires.
    pub expires_at: Timestamp,
    /// Refunds of the payment, in the order of their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<PublicRefund>,
    /// Whether the currency is play money.
    pub demo: bool,
    /// Current time of the mint, for countdowns that do not depend on the local clock.
    pub server_time: Timestamp,
}

impl PaymentView {
    /// Returns the state at the mint's time. An open payment past its expiry can no longer be paid, although
    /// the mint marks it as expired only later.
    #[must_use]
    pub fn state_now(&self) -> PaymentState {
        match self.state {
            PaymentState::Open if self.server_time >= self.expires_at => PaymentState::Expired,
            state => state,
        }
    }

    /// Returns the total of the open refunds, or zero if the sum overflows.
    #[must_use]
    pub fn claimable(&self) -> Amount {
        let open = self.refunds.iter().filter(|refund| refund.state == RefundState::Open);
        Amount::sum(open.map(|refund| refund.amount)).unwrap_or_default()
    }
}

/// The public view of a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MerchantView {
    /// Account of the merchant.
    pub merchant_id: AccountId,
    /// Name that the merchant chose.
    pub name: String,
    /// Address of the shop, if the mint has verified that it belongs to the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Whether `origin` is verified. If false, nothing proves that the name is true.
    pub verified: bool,
}

/// `POST /api/v1/merchant/test/payments/{payment_id}/pay`, at a mint of play money.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlayPayRequest {
    /// Tip in minor units, at most the payment's `tip_max`.
    #[serde(default)]
    pub tip: Amount,
    /// Commitment to a key that can claim refunds: 32 bytes. If absent, the payment cannot be refunded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_commitment: Option<Base64Url>,
}
