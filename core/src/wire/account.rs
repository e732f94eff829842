//! `POST /api/v1/accounts` and `GET /api/v1/account`.

use crate::base64url::Base64Url;
use crate::{AccountId, Amount, Currency, Timestamp, TransactionId};
use serde::{Deserialize, Serialize};

/// The body of `POST /api/v1/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAccountRequest {
    /// SHA-256 of the 32 raw bytes of the account token. If absent, the mint generates a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"))]
    pub account_token_hash: Option<Base64Url>,
}

/// The response of `POST /api/v1/accounts`. The same hash returns the same account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAccountResponse {
    /// Id of the new or existing account.
    pub account_id: AccountId,
    /// The account token, if the mint generated it: 32 bytes. Secret; never returned again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_token: Option<Base64Url>,
}

/// The response of `GET /api/v1/account`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountResponse {
    /// Id of the authenticated account.
    pub account_id: AccountId,
    /// Balance in minor units of `currency`.
    pub balance: Amount,
    /// Currency of the mint.
    pub currency: Currency,
    /// One page of the statement, newest entry first.
    pub statement: Vec<StatementEntry>,
    /// Value of `?before=` that returns the next page. Absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<u64>,
}

/// The kind of operation that changed an account's balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StatementKind {
    /// Money was paid in from outside the mint.
    Fund,
    /// Money was withdrawn as tokens.
    Withdraw,
    /// Tokens were redeemed to the account.
    Redeem,
    /// Money was set aside for a refund of a payment.
    Refund,
    /// Money was set aside for a payout.
    Payout,
    /// A payout was rejected and its money returned.
    PayoutEnd,
    /// An unclaimed refund was returned.
    RefundReturn,
    /// A kind that a later version of the API added.
    #[serde(other)]
    Other,
}

/// One entry of an account's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatementEntry {
    /// Id of the operation.
    pub transaction_id: TransactionId,
    /// Kind of the operation.
    pub kind: StatementKind,
    /// Change of the balance in minor units; negative if it decreased.
    pub change_minor: i64,
    /// Time of the operation, rounded down to the minute.
    pub timestamp: Timestamp,
}
