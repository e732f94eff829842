//! `/api/v1/merchant/…`: what a merchant's server sends and receives.

use super::{PaymentState, RefundState, RefundView};
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
    /// Amount to pay, in minor units; above 0, and payable in the mint's denominations.
    pub amount: Amount,
    /// What is paid for: one line of plain text, at most 200 characters. The mint reads it; put no names into it.
    pub description: String,
    /// The shop's name of the order, 1 to 64 characters. Of all payments of one order, at most one is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_ref: Option<String>,
    /// Allows several payments of one order, each paid by itself.
    #[serde(default)]
    pub split: bool,
    /// Highest tip, in minor units; 0 for none.
    #[serde(default)]
    pub tip_max: Amount,
    /// Time for paying in seconds: 60 to 2,592,000, from 5 with play money. Absent: 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// Page of the shop to go to after the payment, on a verified domain. `{payment_id}` in it is replaced by the wallet.
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
    /// Currency code that the shop expects. Another one than the mint's is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// A payment as its merchant sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MerchantPayment {
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// Address that pays it: the wallet's page with the payment in its fragment.
    pub checkout_url: String,
    /// State of the payment.
    pub state: PaymentState,
    /// Increases with each change.
    pub version: u32,
    /// Amount to pay, in minor units of `currency`.
    pub amount: Amount,
    /// Highest tip, in minor units.
    pub tip_max: Amount,
    /// Tip that was paid, in minor units; 0 unless paid.
    pub tip: Amount,
    /// Currency of all amounts.
    pub currency: Currency,
    /// What is paid for.
    pub description: String,
    /// The shop's name of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_ref: Option<String>,
    /// Whether several payments of the order may be paid.
    pub split: bool,
    /// Page of the shop to go to after the payment.
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
    /// End of the time for paying.
    pub expires_at: Timestamp,
    /// When it was paid, cancelled or expired, rounded down to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The redemption that paid it, as the statement names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// Refunds of the payment, in the order of their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<RefundView>,
    /// Whether the answer is an open payment of the same order that was created before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reused: bool,
}

impl MerchantPayment {
    /// Returns amount and tip together.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] if a mint answers with more than an amount holds.
    pub fn total(&self) -> Result<Amount, AmountError> {
        self.amount.plus(self.tip)
    }

    /// Returns what of the payment was not refunded, or came back to the merchant.
    ///
    /// # Errors
    /// [`AmountError`] if a mint answers with refunds that do not fit the payment.
    pub fn left_to_refund(&self) -> Result<Amount, AmountError> {
        let kept = self.refunds.iter().filter(|refund| refund.state != RefundState::Returned);
        self.total()?.minus(Amount::sum(kept.map(|refund| refund.amount))?)
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
    /// Name that payers see.
    pub name: String,
    /// Address of the mint: where payers pay, and servers call this API.
    pub mint: Origin,
    /// Balance in minor units.
    pub balance: Amount,
    /// Currency of the mint.
    pub currency: Currency,
    /// Addresses of the merchant's shops.
    pub domains: Vec<DomainView>,
    /// What the mint holds of refunds that were not claimed yet, in minor units.
    pub held_for_refunds: Amount,
    /// Number of open payments, of at most 10,000.
    pub open_payments: u64,
    /// What the API key of this request may do.
    pub scopes: Scopes,
}

/// `PATCH /api/v1/merchant`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateMerchantRequest {
    /// Name that payers see: one line, 1 to 64 characters.
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
    /// Whether the mint has verified that it is the merchant's.
    pub verified: bool,
}

/// `POST /api/v1/merchant/keys`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateApiKeyRequest {
    /// What the key is for, in the merchant's words: one line, 1 to 64 characters.
    pub name: String,
    /// What it may do; at least one.
    pub scopes: Scopes,
    /// Lifetime in seconds. Absent: until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

/// `POST /api/v1/merchant/keys/{key_id}/rotate`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateApiKeyRequest {
    /// How long the old key still works, in seconds: at most 604,800, seven days.
    pub overlap: u64,
}

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyView {
    /// Public id, which the key contains.
    pub key_id: ApiKeyId,
    /// What the key is for.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it stops working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Start of the day (UTC) of its latest use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_day: Option<Timestamp>,
}

/// A new API key. The secret is in no other response.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyResponse {
    /// The key without its secret.
    #[serde(flatten)]
    pub view: ApiKeyView,
    /// The secret, for the header `Authorization: Bearer …` of the shop's server. Shown only now.
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
    /// All keys, the newest first, also revoked and expired ones.
    pub data: Vec<ApiKeyView>,
}

/// `GET /api/v1/merchant/events`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventList {
    /// In the order of their numbers.
    pub data: Vec<MerchantEvent>,
    /// Whether there are more: ask again after the last number.
    pub has_more: bool,
    /// Number of the newest event; 0 if there was none. A reader that wants only what comes begins after it.
    pub newest: u64,
}

/// Something that happened to a merchant's payments or keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MerchantEvent {
    /// The same for ever, wherever the event is read: for a shop's server that must handle each event once.
    pub id: String,
    /// Counts the merchant's events from 1, without gaps.
    pub number: u64,
    /// `payment.paid`, `payment.cancelled`, `payment.expired`, `refund.created`, `refund.claimed`, `refund.returned`,
    /// `payout.settled`, `payout.rejected`, `key.created`, `key.revoked`, `key.reset`, `endpoint.disabled`,
    /// `endpoint.test`, `domain.verified` or `domain.unverified`. Others may follow.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened, rounded down to the minute.
    pub timestamp: Timestamp,
    /// What it is about.
    pub data: EventData,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventData {
    /// The payment as it is now. Of two views the one with the higher version is newer.
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
