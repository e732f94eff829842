//! `POST /api/v1/withdraw`, `/swap` and `/restore`: the routes that return blind signatures.

use super::TokenInfo;
use crate::base64url::Base64Url;
use crate::keys::KeyId;
use crate::token::BlindedHash;
use crate::{Amount, Denomination, Timestamp, TransactionId};
use serde::{Deserialize, Serialize};

/// A blinded token, and the key to sign it with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutputRequest {
    /// Id of the signing key, which determines the denomination.
    pub key_id: KeyId,
    /// The blinded token: k bytes with `1 < x < n − 1`, where k is the length of the key's modulus n in
    /// bytes.
    pub blinded_token: Base64Url,
}

/// The body of `POST /api/v1/withdraw`. The short form has `denomination` and `blinded_tokens`, the long form
/// `outputs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WithdrawRequest {
    /// Amount in minor units; must equal the sum of all outputs.
    pub amount: Amount,
    /// Short form: denomination of every blinded token, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denomination: Option<Denomination>,
    /// Short form: blinded tokens, k bytes each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blinded_tokens: Option<Vec<Base64Url>>,
    /// Short form: id of the key that signs every blinded token. If absent, the key of `denomination` in the
    /// issuing keyset. Required within a day of a key rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    /// Long form: outputs of any denominations of one keyset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<OutputRequest>>,
}

/// The response of `POST /api/v1/withdraw`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WithdrawResponse {
    /// Id of the withdrawal.
    pub transaction_id: TransactionId,
    /// Blind signatures in the order of the request, k bytes each.
    pub blind_signatures: Vec<Base64Url>,
    /// Time at which the tokens stop being redeemable. They can still be swapped after that.
    pub expires_at: Timestamp,
}

/// The body of `POST /api/v1/swap`. The sum of the tokens must equal the sum of the outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SwapRequest {
    /// Tokens to spend.
    pub tokens: Vec<TokenInfo>,
    /// Outputs to sign, all of one keyset.
    pub outputs: Vec<OutputRequest>,
}

/// The response of `POST /api/v1/swap`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SwapResponse {
    /// Id of the swap.
    pub transaction_id: TransactionId,
    /// Blind signatures in the order of the outputs, k bytes each.
    pub blind_signatures: Vec<Base64Url>,
}

/// The body of `POST /api/v1/restore`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RestoreRequest {
    /// Outputs that the mint may have signed before, at most 2,000.
    pub outputs: Vec<OutputHash>,
}

/// An output by its hash, which is all that the mint keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutputHash {
    /// Id of the key that may have signed it.
    pub key_id: KeyId,
    /// SHA-256 of the blinded token: 32 bytes.
    pub blinded_hash: BlindedHash,
}

impl OutputRequest {
    /// Returns the output by its hash.
    #[must_use]
    pub fn hash(&self) -> OutputHash {
        OutputHash { key_id: self.key_id, blinded_hash: BlindedHash::of(self.blinded_token.as_bytes()) }
    }
}

/// The response of `POST /api/v1/restore`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RestoreResponse {
    /// Blind signatures in the order of the request; `null` for an output that was never signed, or whose key
    /// has ended or is unknown.
    pub blind_signatures: Vec<Option<Base64Url>>,
}
