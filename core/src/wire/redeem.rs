//! `POST /api/v1/redeem` and `/verify`.

use crate::base64url::Base64Url;
use crate::keys::KeyId;
#[cfg(feature = "openapi")]
use crate::receipt::ReceiptBody;
use crate::receipt::SignedReceipt;
use crate::token::{Opening, Serial, Token};
use crate::{AccountId, Amount, Denomination, InstitutionId, Timestamp, TransactionId};
use serde::{Deserialize, Serialize};

/// A token as sent in requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenInfo {
    /// Serial of the token: 32 bytes.
    pub serial: Serial,
    /// Signature of the token: as many bytes as its key's modulus.
    pub signature: Base64Url,
    /// Claimed value in minor units; must equal the denomination of the key.
    pub denomination: Denomination,
    /// Institution that signed the token; must be that of the mint.
    pub institution_id: InstitutionId,
    /// Id of the key that signed the token. Required in swaps and in lists of tokens to verify. If absent
    /// elsewhere, the mint tries every key of the denomination whose tokens are redeemable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    /// Kind of the token; only 0, a bearer token, is supported.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(maximum = 255))]
    pub kind: u8,
    /// How the token was blinded. Only for swaps of tokens whose keyset was revoked; it links the token to
    /// the request that issued it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
}

impl TokenInfo {
    /// Creates the wire form of a token.
    #[must_use]
    pub fn new(token: &Token, denomination: Denomination, institution_id: &InstitutionId) -> Self {
        Self {
            serial: token.serial,
            signature: token.signature.clone().into(),
            denomination,
            institution_id: institution_id.clone(),
            key_id: Some(token.key_id),
            kind: token.kind.byte(),
            opening: None,
        }
    }
}

/// The body of `POST /api/v1/redeem`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RedeemRequest {
    /// Tokens to spend, 1 to 128.
    pub tokens: Vec<TokenInfo>,
    /// Merchant account to credit. Set exactly one of `merchant_id` and `account_id`, or neither with
    /// `payment_id`, because the payment names its merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<AccountId>,
    /// Account of any kind to credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Payment to pay. The tokens must be worth exactly the sum of its amount and `tip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    /// Tip in minor units, at most the payment's `tip_max`. Requires `payment_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tip: Option<Amount>,
    /// Commitment to the key that can claim refunds of the payment: 32 bytes. Requires `payment_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_commitment: Option<Base64Url>,
}

/// The response of `POST /api/v1/redeem`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RedeemResponse {
    /// Id of the redemption.
    pub transaction_id: TransactionId,
    /// Sum of the tokens, credited to the account, in minor units.
    pub redeemed_amount: Amount,
    /// Time of the redemption, rounded down to the minute.
    pub timestamp: Timestamp,
    /// Page of the shop to open, if the redemption paid a payment that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
    /// Receipt of the payment, if the redemption paid one: the fields of `ReceiptBody`, and `signature`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ReceiptBody>))]
    pub receipt: Option<SignedReceipt>,
}

/// The body of `POST /api/v1/verify`: either `token` or `tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyRequest {
    /// One token; the response is a single result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenInfo>,
    /// Up to 500 tokens; the response is a list of results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Vec<TokenInfo>>,
}

/// The state of one token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyResult {
    /// Whether the signature verifies, the institution is that of the mint, and the key has neither ended nor
    /// been revoked.
    pub valid: bool,
    /// Whether the token was redeemed or swapped before; false if it is not valid.
    pub already_spent: bool,
    /// Time at which the token stops being redeemable. Absent if it is not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Time at which the token stops being swappable. Absent if it is not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_until: Option<Timestamp>,
}

/// The response of `POST /api/v1/verify`: the fields of one result, or a list of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum VerifyResponse {
    /// The response to `tokens`.
    Many {
        /// Results in the order of the request.
        results: Vec<VerifyResult>,
    },
    /// The response to `token`.
    One(VerifyResult),
}
