//! `/api/v1/merchant/…`: the API for a merchant's server.

use super::{PaymentState, RefundView, left_to_refund};
use crate::api_key::Scopes;
use crate::base64url::Base64Url;
use crate::{
    AccountId, Amount, AmountError, ApiKeyId, Currency, Origin, PaymentId, Timestamp, TransactionId,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// `POST /api/v1/merchant/payments`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePaymentRequest {
    /// Amount to pay, in minor units. Must be greater than 0 and payable in the mint's denominations.
    pub amount: Amount,
    /// Description of the payment: one line of plain text, at most 200 characters. The mint can read it, so
    /// it should contain no personal data.
    pub description: String,
    /// The shop's reference of the order, 1 to 64 characters. At most one payment of an order can be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_ref: Option<String>,
    /// Allows several payments of one order, each paid separately.
    #[serde(default)]
    pub split: bool,
    /// Maximum tip in minor units; 0 if no tip is accepted.
    #[serde(default)]
    pub tip_max: Amount,
    /// Time until the payment expires, in seconds: 60 to 2,592,000, or from 5 with play money. Default: 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// Page of the shop to open after the payment, on a verified domain. The wallet replaces `{payment_id}`
    /// in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
    /// The shop's own data, at most 4 KiB of JSON. Payers never see it; the mint can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<serde_json::Value>,
    /// Sealed details for the payer, at most 4 KiB. The mint cannot read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_box: Option<Base64Url>,
    /// Hash of the details: 32 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_hash: Option<Base64Url>,
    /// Currency code that the shop expects. The mint rejects the request if it has another currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// A payment as its merchant sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MerchantPayment {
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// URL of the wallet's page with the payment in its fragment.
    pub checkout_url: String,
    /// State of the payment.
    pub state: PaymentState,
    /// Increases with each change.
    pub version: u32,
    /// Amount to pay, in minor units of `currency`.
    pub amount: Amount,
    /// Maximum tip in minor units.
    pub tip_max: Amount,
    /// Paid tip in minor units; 0 unless the payment is paid.
    pub tip: Amount,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Description of the payment.
    pub description: String,
    /// The shop's reference of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_ref: Option<String>,
    /// Whether several payments of the order can be paid.
    pub split: bool,
    /// Page of the shop to open after the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
    /// The shop's own data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<serde_json::Value>,
    /// Sealed details for the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_box: Option<Base64Url>,
    /// Hash of the details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_hash: Option<Base64Url>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Time at which the payment expires.
    pub expires_at: Timestamp,
    /// Time at which it was paid, was cancelled or expired, rounded down to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Id of the redemption that paid it, as in the statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// Refunds of the payment, in the order of their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<RefundView>,
    /// Whether this is an existing open payment of the same order instead of a new one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reused: bool,
}

impl MerchantPayment {
    /// Returns amount and tip together.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] if the mint's response exceeds the maximum amount.
    pub fn total(&self) -> Result<Amount, AmountError> {
        self.amount.plus(self.tip)
    }

    /// Returns the part of the payment that can still be refunded (see [`left_to_refund`]).
    ///
    /// # Errors
    /// [`AmountError`] if the refunds in the mint's response exceed the payment.
    pub fn left_to_refund(&self) -> Result<Amount, AmountError> {
        left_to_refund(self.total()?, self.refunds.iter().map(|refund| (refund.state, refund.amount)))
    }
}

/// `GET /api/v1/merchant/payments`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentList {
    /// Newest first.
    pub data: Vec<MerchantPayment>,
    /// `before` of the next page; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<PaymentId>,
}

/// `GET /api/v1/merchant`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MerchantResponse {
    /// Account of the merchant.
    pub merchant_id: AccountId,
    /// Name shown to payers.
    pub name: String,
    /// Origin of the mint, for checkout URLs and for this API.
    pub mint: Origin,
    /// Balance in minor units.
    pub balance: Amount,
    /// Currency of the mint.
    pub currency: Currency,
    /// Addresses of the merchant's shops.
    pub domains: Vec<DomainView>,
    /// Sum of refunds that are not claimed yet, in minor units.
    pub held_for_refunds: Amount,
    /// Number of open payments; at most 10,000.
    pub open_payments: u64,
    /// Scopes of this request's API key.
    pub scopes: Scopes,
}

/// `PATCH /api/v1/merchant`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateMerchantRequest {
    /// Name shown to payers: one line, 1 to 64 characters.
    pub name: String,
}

/// `POST` and `DELETE /api/v1/merchant/domains`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DomainRequest {
    /// Scheme, host and port of a shop, such as `https://shop.example`.
    pub origin: Origin,
}

/// An address of a merchant's shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DomainView {
    /// Scheme, host and port.
    pub origin: Origin,
    /// Whether the mint has verified that it belongs to the merchant.
    pub verified: bool,
}

/// `POST /api/v1/merchant/keys`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateApiKeyRequest {
    /// The merchant's name for the key: one line, 1 to 64 characters.
    pub name: String,
    /// Scopes of the key; at least one.
    pub scopes: Scopes,
    /// Lifetime in seconds. If absent, the key is valid until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

/// `POST /api/v1/merchant/keys/{key_id}/rotate`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateApiKeyRequest {
    /// Time in seconds for which the old key stays valid; at most 604,800 (seven days).
    pub overlap: u64,
}

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyView {
    /// Public id, which the key contains.
    pub key_id: ApiKeyId,
    /// The merchant's name for the key.
    pub name: String,
    /// Scopes of the key.
    pub scopes: Scopes,
    /// When it was created.
    pub created_at: Timestamp,
    /// Time at which the key expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Time at which the key was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Start of the day (UTC) on which the key was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_day: Option<Timestamp>,
}

/// A new API key. No other response contains the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyResponse {
    /// The key without its secret.
    #[serde(flatten)]
    pub view: ApiKeyView,
    /// The secret, for the header `Authorization: Bearer …` of the shop's server. Returned only once.
    pub secret: String,
}

impl fmt::Debug for ApiKeyResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyResponse").field("view", &self.view).field("secret", &"secret").finish()
    }
}

/// `GET /api/v1/merchant/keys`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyList {
    /// All keys, newest first, including revoked and expired ones.
    pub data: Vec<ApiKeyView>,
}

/// `GET /api/v1/merchant/events`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventList {
    /// Events in ascending order of their numbers.
    pub data: Vec<MerchantEvent>,
    /// Whether there are more events. Continue after the last number.
    pub has_more: bool,
    /// Number of the newest event, or 0 if there is none. To read only future events, start after this
    /// number.
    pub newest: u64,
}

/// An event of a merchant's account, such as a change of a payment or key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MerchantEvent {
    /// Permanent id of the event, the same in the feed and in webhooks. Use it to handle each event once.
    pub id: String,
    /// Number of the event, counted from 1 for each merchant, without gaps.
    pub number: u64,
    /// `payment.paid`, `payment.cancelled`, `payment.expired`, `refund.created`, `refund.claimed`,
    /// `refund.returned`, `payout.settled`, `payout.rejected`, `key.created`, `key.revoked`, `key.reset`,
    /// `endpoint.disabled`, `endpoint.test`, `domain.verified` or `domain.unverified`. Later versions may add
    /// others.
    #[serde(rename = "type")]
    pub kind: String,
    /// Time of the event, rounded down to the minute.
    pub timestamp: Timestamp,
    /// Content of the event.
    pub data: EventData,
}

/// Content of an event. One of the fields is present, depending on the event's type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventData {
    /// The current state of the payment. Of two views, the one with the higher version is newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Box<MerchantPayment>>,
    /// The endpoint: its id, address and state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<serde_json::Value>,
    /// The payout: its id, amount, state and the operator's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout: Option<serde_json::Value>,
    /// The domain: its origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<serde_json::Value>,
    /// The API key: its id, name and scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<serde_json::Value>,
}
