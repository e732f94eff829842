//! Keysets as a mint publishes them.

use super::{Dates, KeyId, KeysetStatus};
use crate::base64url::Base64Url;
use crate::{Denomination, KeysetId};
use serde::{Deserialize, Serialize};

/// The denomination keys of one epoch, with their dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeysetInfo {
    /// Name of the keyset, for `GET /api/v1/keys/{keyset_id}`.
    pub keyset_id: KeysetId,
    /// When the keyset issues, and until when its tokens can be redeemed and swapped.
    #[serde(flatten)]
    pub dates: Dates,
    /// Keys by ascending denomination. Absent for old keysets in `GET /api/v1/keys`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyInfo>,
    /// Whether the mint has stopped or revoked the keyset. Absent if it has done neither.
    #[serde(default, skip_serializing_if = "KeysetStatus::is_live")]
    pub status: KeysetStatus,
    /// The stopped keyset that this one replaces. Both have the same `issue_until`.
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
