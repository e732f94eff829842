//! `GET /api/v1/keys` and `GET /api/v1/keys/{keyset_id}`.

use crate::base64url::Base64Url;
use crate::keys::{Dates, KeyId, KeysetStatus};
use crate::receipt::ReceiptKey;
use crate::{AccountId, Currency, Denomination, InstitutionId, KeysetId};
use serde::{Deserialize, Serialize};

/// The response of `GET /api/v1/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeysResponse {
    /// Name of the issuing keyset, for display. Not the id of a key.
    pub key_id: KeysetId,
    /// Institution that runs the mint.
    pub institution_id: InstitutionId,
    /// Modulus in decimal, of the issuing key for `?denomination=`, else of the smallest denomination.
    pub public_key_n: String,
    /// Public exponent of the same key in decimal: 65537.
    pub public_key_e: String,
    /// Denominations of the issuing keyset in minor units, rising.
    pub denominations: Vec<Denomination>,
    /// Currency of all denominations.
    pub currency: Currency,
    /// Merchant account for trial payments. Present only if the mint gives out demo funds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_merchant: Option<AccountId>,
    /// Every keyset. Keys are included only for announced, issuing and redeemable ones, and without proofs.
    pub keysets: Vec<KeysetInfo>,
    /// Every key that has signed receipts, oldest first; the last one signs now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipt_keys: Vec<ReceiptKey>,
}

/// The denomination keys of one epoch, with their dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeysetInfo {
    /// Name of the keyset, for `GET /api/v1/keys/{keyset_id}`.
    pub keyset_id: KeysetId,
    /// When the keyset issues, and until when its tokens can be redeemed and swapped.
    #[serde(flatten)]
    pub dates: Dates,
    /// Keys by rising denomination. Absent for old keysets in `GET /api/v1/keys`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyInfo>,
    /// Whether the mint has stopped or revoked the keyset; absent: neither.
    #[serde(default, skip_serializing_if = "KeysetStatus::is_live")]
    pub status: KeysetStatus,
    /// The stopped keyset in whose place this one issues, until the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<KeysetId>,
}

/// A denomination key: an RSA public key that signs one denomination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyInfo {
    /// Hash of the key and of its institution, currency, denomination and dates.
    pub key_id: KeyId,
    /// Value of every token of the key, in minor units.
    pub denomination: Denomination,
    /// Modulus, big-endian: 384 bytes for every real key.
    pub n: Base64Url,
    /// Public exponent; always 65537.
    pub e: u32,
    /// The eight roots of the key proof, k bytes each. Present only in `GET /api/v1/keys/{keyset_id}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<Base64Url>,
}
