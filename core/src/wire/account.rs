//! `POST /api/v1/accounts` and `GET /api/v1/account`.

use crate::base64url::Base64Url;
use crate::{AccountId, Amount, Currency, Timestamp, TransactionId};
use serde::{Deserialize, Serialize};

/// The body of `POST /api/v1/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAccountRequest {
    /// SHA-256 of the 32 raw bytes of the account token. Absent: the mint chooses a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_token_hash: Option<Base64Url>,
}

/// The answer of `POST /api/v1/accounts`. The same hash gives the same account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAccountResponse {
    /// The account.
    pub account_id: AccountId,
    /// Its token, if the mint chose it. Secret, shown once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_token: Option<Base64Url>,
}

/// The answer of `GET /api/v1/account`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountResponse {
    /// The account.
    pub account_id: AccountId,
    /// Its balance.
    pub balance: Amount,
    /// The currency.
    pub currency: Currency,
    /// Newest first, one page.
    pub statement: Vec<StatementEntry>,
    /// Give this as `?before=` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<u64>,
}

/// What moved money on the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StatementKind {
    /// Money came from outside.
    Fund,
    /// Money left as tokens.
    Withdraw,
    /// Tokens came in.
    Redeem,
    /// Something later than this version.
    #[serde(other)]
    Other,
}

/// A line of the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatementEntry {
    /// The operation.
    pub transaction_id: TransactionId,
    /// Its kind.
    pub kind: StatementKind,
    /// What the balance changed by, in minor units; negative: it went down.
    pub change_minor: i64,
    /// When, to the minute.
    pub timestamp: Timestamp,
}
