//! `GET /api/v1/keys` and `GET /api/v1/keys/{keyset_id}`.

use crate::keys::KeysetInfo;
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
    /// Denominations of the issuing keyset in minor units, ascending.
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
