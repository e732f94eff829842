//! Refunds: `POST /api/v1/merchant/payments/{payment_id}/refunds` and `POST /api/v1/payments/{payment_id}/refunds/claim`.

use super::OutputRequest;
use crate::base64url::Base64Url;
use crate::{Amount, PaymentId, RefundId, Timestamp, TransactionId};
use serde::{Deserialize, Serialize};

/// Where the money of a refund is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// Held by the mint until the payer claims it.
    Open,
    /// Claimed by the payer.
    Claimed,
    /// Not claimed in time, and back at the merchant.
    Returned,
}

/// `POST /api/v1/merchant/payments/{payment_id}/refunds`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateRefundRequest {
    /// Amount in minor units, payable in the mint's denominations. Absent: all that was not refunded yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// One line for the payer, at most 200 characters. The mint reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A refund as its merchant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundView {
    /// Id of the refund.
    pub refund_id: RefundId,
    /// The payment that is refunded.
    pub payment_id: PaymentId,
    /// Counts the refunds of the payment from 1.
    pub number: u8,
    /// Amount in minor units.
    pub amount: Amount,
    /// What the merchant says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the money is.
    pub state: RefundState,
    /// When it was created, rounded down to the minute.
    pub created_at: Timestamp,
    /// From then on an unclaimed refund goes back to the merchant.
    pub claim_until: Timestamp,
    /// When it was claimed or returned, rounded down to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// A refund that was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundResponse {
    /// The refund.
    #[serde(flatten)]
    pub view: RefundView,
    /// Address at which the payer's wallet claims the payment's refunds. Show it on the page of the order: it also works for a
    /// wallet that was restored and no longer knows the payment.
    pub refund_url: String,
}

/// A refund as anyone sees it who knows the payment's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicRefund {
    /// Counts the refunds of the payment from 1.
    pub number: u8,
    /// Amount in minor units.
    pub amount: Amount,
    /// What the merchant says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the money is.
    pub state: RefundState,
    /// From then on an unclaimed refund goes back to the merchant.
    pub claim_until: Timestamp,
}

#[cfg(feature = "openapi")]
fn refund_numbers() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(255));
    ArrayBuilder::new().items(number).build()
}

/// `POST /api/v1/payments/{payment_id}/refunds/claim`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimRequest {
    /// The Ed25519 public key to which the payment committed: 32 bytes.
    pub refund_key: Base64Url,
    /// Numbers of the refunds to claim, each once.
    #[cfg_attr(feature = "openapi", schema(schema_with = refund_numbers))]
    pub refunds: Vec<u8>,
    /// Outputs of one keyset, worth exactly those refunds.
    pub outputs: Vec<OutputRequest>,
    /// The key's signature over all of that: 64 bytes.
    pub signature: Base64Url,
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimResponse {
    /// Id of the operation.
    pub transaction_id: TransactionId,
    /// Blind signatures in the order of the request, k bytes each.
    pub blind_signatures: Vec<Base64Url>,
    /// What was claimed, in minor units.
    pub claimed: Amount,
    /// Time at which the tokens stop being redeemable. They can be swapped after it.
    pub expires_at: Timestamp,
}
