//! `GET /api/v1/keys` and `GET /api/v1/keys/{keyset_id}`.

use crate::base64url::Base64Url;
use crate::keys::{Dates, KeyId};
use crate::{AccountId, Currency, Denomination, InstitutionId, KeysetId};
use serde::{Deserialize, Serialize};

/// The answer of `GET /api/v1/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeysResponse {
    /// The name of the issuing keyset, for display.
    pub key_id: KeysetId,
    /// The institution.
    pub institution_id: InstitutionId,
    /// The modulus of one key in decimal: of `?denomination=`, else of the smallest.
    pub public_key_n: String,
    /// Its exponent in decimal.
    pub public_key_e: String,
    /// The denominations of the issuing keyset, rising.
    pub denominations: Vec<Denomination>,
    /// The currency.
    pub currency: Currency,
    /// The merchant to try a payment with; only where there are demo funds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_merchant: Option<AccountId>,
    /// Every keyset; older ones than redeemable without their keys.
    pub keysets: Vec<KeysetInfo>,
}

/// A keyset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeysetInfo {
    /// Its name.
    pub keyset_id: KeysetId,
    /// Its four dates.
    #[serde(flatten)]
    pub dates: Dates,
    /// Its keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyInfo>,
}

/// A denomination key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyInfo {
    /// Its name: the hash of all that it means.
    pub key_id: KeyId,
    /// What its tokens are worth.
    pub denomination: Denomination,
    /// The modulus.
    pub n: Base64Url,
    /// The exponent, 65537.
    pub e: u32,
    /// Eight roots; only where one keyset is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<Base64Url>,
}
