//! `POST /api/v1/withdraw`, `/swap` and `/restore`: everything that answers blind signatures.

use super::TokenInfo;
use crate::base64url::Base64Url;
use crate::keys::KeyId;
use crate::{Amount, Denomination, Timestamp, TransactionId};
use serde::{Deserialize, Serialize};

/// A blinded token and the key that is to sign it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutputRequest {
    /// The key.
    pub key_id: KeyId,
    /// k bytes with `1 < x < n − 1`.
    pub blinded_token: Base64Url,
}

/// The body of `POST /api/v1/withdraw`: either `denomination` and `blinded_tokens`, or `outputs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WithdrawRequest {
    /// The sum of all outputs.
    pub amount: Amount,
    /// The short form: the denomination of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denomination: Option<Denomination>,
    /// The short form: the blinded tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blinded_tokens: Option<Vec<Base64Url>>,
    /// The short form: the key of all; absent: of the issuing keyset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    /// The long form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<OutputRequest>>,
}

/// The answer of `POST /api/v1/withdraw`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WithdrawResponse {
    /// The operation.
    pub transaction_id: TransactionId,
    /// In request order.
    pub blind_signatures: Vec<Base64Url>,
    /// When the tokens stop being redeemable.
    pub expires_at: Timestamp,
}

/// The body of `POST /api/v1/swap`; the sums are equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SwapRequest {
    /// Tokens that cease to exist.
    pub tokens: Vec<TokenInfo>,
    /// What comes instead.
    pub outputs: Vec<OutputRequest>,
}

/// The answer of `POST /api/v1/swap`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SwapResponse {
    /// The operation.
    pub transaction_id: TransactionId,
    /// In request order.
    pub blind_signatures: Vec<Base64Url>,
}

/// The body of `POST /api/v1/restore`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RestoreRequest {
    /// Outputs that may have been signed before.
    pub outputs: Vec<OutputRequest>,
}

/// The answer of `POST /api/v1/restore`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RestoreResponse {
    /// In request order; `null` where none was made, or the key is ended or unknown.
    pub blind_signatures: Vec<Option<Base64Url>>,
}
