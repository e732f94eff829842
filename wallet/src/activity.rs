//! The wallet's history.

use crate::plan::PlanId;
use ecash_core::base64url::Base64Url;
use ecash_core::details::Details;
use ecash_core::receipt::SignedReceipt;
use ecash_core::wire::ErrorCode;
use ecash_core::{AccountId, Amount, Origin, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};

/// One line of the wallet's history: an operation that is running or has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The id of the plan that this activity shows.
    pub id: PlanId,
    /// Which operation.
    pub kind: ActivityKind,
    /// The amount, in minor units of the mint's currency.
    pub amount: Amount,
    /// Running, or how it ended.
    pub state: ActivityState,
    /// When it began, rounded down to the minute.
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
    /// The payer's memo of received tokens. Version 0.1 also stored here, in English, why a plan was abandoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why the plan was abandoned, where the person did not cancel it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<EndReason>,
}

/// What a person saw when they paid a merchant's payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidPayment {
    /// The payment.
    pub payment_id: PaymentId,
    /// The name that the merchant gave itself.
    pub merchant_name: String,
    /// The address of the shop, if the mint had verified it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_origin: Option<Origin>,
    /// What was paid for, in the merchant's words.
    pub description: String,
    /// The tip, part of the activity's amount.
    pub tip: Amount,
    /// Hash of the order's details, where the merchant gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_hash: Option<Base64Url>,
    /// The order's details, if the shop's link opened them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// Commitment to the key that claims refunds, as it was sent to the mint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_commitment: Option<Base64Url>,
    /// What the mint returned as the receipt. [`Wallet::receipt_of`](crate::Wallet::receipt_of) verifies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<SignedReceipt>,
}

/// Why a plan was abandoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The mint refused it with this code.
    Refused(ErrorCode),
    /// Another device with the same recovery phrase had the same outputs signed.
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
    /// Old tokens were swapped for new ones.
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
    /// Waiting for the mint. [`Wallet::resume`](crate::Wallet::resume) sends it again.
    Pending,
    /// Completed.
    Done,
    /// Ended without an effect.
    Cancelled,
    /// Ended with a failure. Written by version 0.1 only; the note says why.
    Failed,
    /// Completed, but some blind signatures are invalid; their value is kept as disputed.
    Disputed,
}
