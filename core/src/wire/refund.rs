//! Refunds: `POST /api/v1/merchant/payments/{payment_id}/refunds` and
//! `POST /api/v1/payments/{payment_id}/refunds/claim`.

use super::OutputRequest;
use crate::base64url::Base64Url;
use crate::{Amount, AmountError, PaymentId, RefundId, Timestamp, TransactionId};
use serde::{Deserialize, Serialize};

/// The state of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// The mint holds the money until the payer claims it.
    Open,
    /// The payer claimed the money.
    Claimed,
    /// The refund was not claimed in time, and the money was returned to the merchant.
    Returned,
}

/// Returns what can still be refunded of a payment: `paid`, less all its refunds that were not returned to the
/// merchant.
///
/// # Errors
/// [`AmountError`] if the refunds exceed the payment.
pub fn left_to_refund(
    paid: Amount,
    refunds: impl IntoIterator<Item = (RefundState, Amount)>,
) -> Result<Amount, AmountError> {
    let kept = refunds.into_iter().filter(|(state, _)| *state != RefundState::Returned);
    paid.minus(Amount::sum(kept.map(|(_, amount)| amount))?)
}

/// `POST /api/v1/merchant/payments/{payment_id}/refunds`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateRefundRequest {
    /// Amount in minor units, payable in the mint's denominations. If absent, everything that is not yet
    /// refunded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Reason shown to the payer: one line, at most 200 characters. The mint can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A refund as its merchant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundView {
    /// Id of the refund.
    pub refund_id: RefundId,
    /// Id of the refunded payment.
    pub payment_id: PaymentId,
    /// Number of the refund, counted from 1 for each payment.
    pub number: u8,
    /// Amount in minor units.
    pub amount: Amount,
    /// The merchant's reason for the refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// State of the refund.
    pub state: RefundState,
    /// When it was created, rounded down to the minute.
    pub created_at: Timestamp,
    /// Time from which an unclaimed refund is returned to the merchant.
    pub claim_until: Timestamp,
    /// When it was claimed or returned, rounded down to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// The response to a new refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundResponse {
    /// The refund.
    #[serde(flatten)]
    pub view: RefundView,
    /// URL at which the payer's wallet claims the payment's refunds. Show it on the page of the order. It
    /// also works for a restored wallet that no longer knows the payment.
    pub refund_url: String,
}

/// The view of a refund for anyone who knows the payment's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicRefund {
    /// Number of the refund, counted from 1 for each payment.
    pub number: u8,
    /// Amount in minor units.
    pub amount: Amount,
    /// The merchant's reason for the refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// State of the refund.
    pub state: RefundState,
    /// Time from which an unclaimed refund is returned to the merchant.
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
    /// The key's signature over the other fields: 64 bytes.
    pub signature: Base64Url,
}

/// The response to a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimResponse {
    /// Id of the operation.
    pub transaction_id: TransactionId,
    /// Blind signatures in the order of the request, k bytes each.
    pub blind_signatures: Vec<Base64Url>,
    /// Sum of the claimed refunds, in minor units.
    pub claimed: Amount,
    /// Time at which the tokens stop being redeemable. They can still be swapped after that.
    pub expires_at: Timestamp,
}
