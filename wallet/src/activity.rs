//! The wallet's history.

use crate::plan::PlanId;
use ecash_core::base64url::Base64Url;
use ecash_core::details::Details;
use ecash_core::receipt::SignedReceipt;
use ecash_core::wire::ErrorCode;
use ecash_core::{AccountId, Amount, Origin, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};

/// One entry of the wallet's history: an operation that is running or has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The id of the plan that this entry describes.
    pub id: PlanId,
    /// The operation.
    pub kind: ActivityKind,
    /// The amount, in minor units of the mint's currency.
    pub amount: Amount,
    /// Whether the operation is running, or how it ended.
    pub state: ActivityState,
    /// When the operation began, rounded down to the minute.
    pub at: Timestamp,
    /// Increases with each activity; sorts those of the same minute.
    pub number: u64,
    /// The merchant account that was paid, where the activity is a payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<AccountId>,
    /// The merchant's payment that was paid, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaidPayment>,
    /// The mint's id of the operation, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// The payer's memo of received tokens. Version 0.1 also stored an English text here when a plan was
    /// abandoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why the plan was abandoned. `None` if the user cancelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<EndReason>,
}

/// What the user saw when they paid a merchant's payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidPayment {
    /// The merchant's payment.
    pub payment_id: PaymentId,
    /// The merchant's display name.
    pub merchant_name: String,
    /// The address of the shop, if the mint had verified it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_origin: Option<Origin>,
    /// The merchant's description of what was paid for.
    pub description: String,
    /// The tip, part of the activity's amount.
    pub tip: Amount,
    /// Hash of the order's details, if the merchant gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_hash: Option<Base64Url>,
    /// The order's details, if the checkout link contained their key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// Commitment to the key that claims refunds, as it was sent to the mint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_commitment: Option<Base64Url>,
    /// The receipt as the mint returned it. [`Wallet::receipt_of`](crate::Wallet::receipt_of) verifies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<SignedReceipt>,
}

/// Reasons for abandoning a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The mint rejected it with this code.
    Refused(ErrorCode),
    /// Another device with the same recovery phrase has used the same outputs.
    SignedElsewhere,
}

/// The operation of an [`Activity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// Tokens were withdrawn from the account.
    Withdraw,
    /// A merchant was paid.
    Pay,
    /// Tokens of another wallet were received.
    Receive,
    /// Tokens were swapped to make change for a payment.
    Change,
    /// Tokens of old or revoked keysets were swapped for new ones.
    Refresh,
    /// Tokens were restored from the seed.
    Restore,
    /// A refund of a payment was claimed.
    Refund,
    /// Tokens were given away as text.
    Give,
    /// Tokens that were given away were taken back.
    TakeBack,
}

/// Whether an activity is running, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityState {
    /// Waiting for the mint. [`Wallet::resume`](crate::Wallet::resume) retries it.
    Pending,
    /// The mint committed the operation.
    Done,
    /// Ended without effect.
    Cancelled,
    /// Failed. Written by version 0.1 only; the note contains the reason.
    Failed,
    /// Completed, but some blind signatures are invalid; their value is kept as disputed.
    Disputed,
}
