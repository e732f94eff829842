//! `POST /api/v1/redeem` and `/verify`.

use crate::base64url::Base64Url;
use crate::keys::KeyId;
use crate::token::{Serial, Token};
use crate::{AccountId, Amount, Denomination, InstitutionId, Timestamp, TransactionId};
use serde::{Deserialize, Serialize};

/// A token in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenInfo {
    /// 32 bytes.
    pub serial: Serial,
    /// k bytes.
    pub signature: Base64Url,
    /// What it is said to be worth; must be its key's denomination.
    pub denomination: Denomination,
    /// The institution that signed it.
    pub institution_id: InstitutionId,
    /// The key that signed it. Absent: every key of the denomination still redeemable is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    /// 0, bearer.
    #[serde(default)]
    pub kind: u8,
}

impl TokenInfo {
    /// The wire form of a token.
    #[must_use]
    pub fn new(token: &Token, denomination: Denomination, institution_id: &InstitutionId) -> Self {
        Self {
            serial: token.serial,
            signature: token.signature.clone().into(),
            denomination,
            institution_id: institution_id.clone(),
            key_id: Some(token.key_id),
            kind: token.kind.byte(),
        }
    }
}

/// The body of `POST /api/v1/redeem`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RedeemRequest {
    /// The tokens.
    pub tokens: Vec<TokenInfo>,
    /// Who is paid: a merchant …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<AccountId>,
    /// … or any account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The payment this settles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    /// Commitment to the secret that may claim a refund, 32 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_commitment: Option<Base64Url>,
}

/// The answer of `POST /api/v1/redeem`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RedeemResponse {
    /// The operation.
    pub transaction_id: TransactionId,
    /// The sum of the tokens.
    pub redeemed_amount: Amount,
    /// When, to the minute.
    pub timestamp: Timestamp,
}

/// The body of `POST /api/v1/verify`: `token` or `tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyRequest {
    /// One token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenInfo>,
    /// Many tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Vec<TokenInfo>>,
}

/// What is known of one token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyResult {
    /// The signature is good, the institution ours, the key not ended.
    pub valid: bool,
    /// It was redeemed or swapped; false when not valid.
    pub already_spent: bool,
    /// When it stops being redeemable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it stops being swappable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_until: Option<Timestamp>,
}

/// The answer of `POST /api/v1/verify`: the fields of one result, or `results` in request order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum VerifyResponse {
    /// For `tokens`.
    Many {
        /// In request order.
        results: Vec<VerifyResult>,
    },
    /// For `token`.
    One(VerifyResult),
}
