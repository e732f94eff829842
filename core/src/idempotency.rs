//! Idempotent requests: idempotency keys, their claims, and request digests (protocol §5).

use crate::AccountId;
use crate::hex;
use crate::keys::lp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A text is not an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an Idempotency-Key must have 22 to 64 characters of base64url")]
pub struct IdempotencyKeyError;

/// At least 128 random bits that identify one operation of one client. Store the key before sending the
/// request, and never use it for two operations. Secret: with the key, others can query or cancel the
/// operation.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Creates a key from 16 random bytes.
    #[must_use]
    pub fn from_random(bytes: &[u8; 16]) -> Self {
        Self(crate::base64url::encode(bytes))
    }

    /// Parses the value of the header `Idempotency-Key`.
    ///
    /// # Errors
    /// Returns [`IdempotencyKeyError`] unless `text` has 22 to 64 characters of base64url.
    pub fn parse(text: &str) -> Result<Self, IdempotencyKeyError> {
        let valid = (22..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if valid { Ok(Self(text.to_owned())) } else { Err(IdempotencyKeyError) }
    }

    /// Returns the value of the header `Idempotency-Key`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Computes the claim of this key: a name that the ledger accepts only once. `principal` is the
    /// authenticated account, if any. The same key gives a different claim for another account or another
    /// route.
    #[must_use]
    pub fn claim(&self, route: impl Into<KeyedRoute>, principal: Option<&AccountId>) -> String {
        let mut hash = Sha256::new_with_prefix(b"ecash/idem/v1");
        hash.update(lp(route.into().name().as_bytes()));
        hash.update(lp(principal.map_or("", AccountId::as_str).as_bytes()));
        hash.update(lp(self.0.as_bytes()));
        let digest: [u8; 32] = hash.finalize().into();
        format!("idem:{}", hex::encode(&digest))
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = IdempotencyKeyError;
    fn try_from(text: String) -> Result<Self, IdempotencyKeyError> {
        Self::parse(&text)
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> Self {
        key.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(secret)")
    }
}

/// The routes that move tokens. All take an idempotency key, and `POST /api/v1/cancel` can cancel them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Route {
    /// `POST /api/v1/withdraw`
    Withdraw,
    /// `POST /api/v1/swap`
    Swap,
    /// `POST /api/v1/redeem`
    Redeem,
    /// `POST /api/v1/payments/{payment_id}/refunds/claim`
    RefundClaim,
}

/// Every route that takes an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyedRoute {
    /// A route that moves tokens.
    Money(Route),
    /// `POST /api/v1/merchant/payments`
    Payments,
    /// `POST /api/v1/merchant/payments/{payment_id}/refunds`
    Refunds,
    /// `POST /api/v1/merchant/payouts`
    Payouts,
}

impl KeyedRoute {
    /// Returns the name used in claims. Never changes: claims are stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Money(Route::Withdraw) => "withdraw",
            Self::Money(Route::Swap) => "swap",
            Self::Money(Route::Redeem) => "redeem",
            Self::Money(Route::RefundClaim) => "refund_claim",
            Self::Payments => "payments",
            Self::Refunds => "refunds",
            Self::Payouts => "payouts",
        }
    }
}

impl From<Route> for KeyedRoute {
    fn from(route: Route) -> Self {
        Self::Money(route)
    }
}

/// Computes SHA-256 of the RFC 8785 form of a JSON body, including unknown fields. Bodies with the same
/// values have the same digest, regardless of white space, key order and escapes.
///
/// # Errors
/// Returns an error if RFC 8785 cannot represent a number of the body.
pub fn request_digest(body: &serde_json::Value) -> Result<[u8; 32], serde_json::Error> {
    Ok(Sha256::digest(serde_jcs::to_vec(body)?).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_at_least_128_bits() {
        assert!(IdempotencyKey::parse(&"a".repeat(22)).is_ok());
        for bad in ["a".repeat(21), "a".repeat(65), "é".repeat(22), format!("{}=", "a".repeat(22))] {
            assert!(IdempotencyKey::parse(&bad).is_err(), "{bad}");
        }
        assert_eq!(IdempotencyKey::from_random(&[7; 16]).as_str().len(), 22);
    }

    #[test]
    fn a_claim_binds_route_principal_and_key() {
        let key = IdempotencyKey::from_random(&[7; 16]);
        let alice = AccountId::new("acc_alice").unwrap();
        let claims = [
            key.claim(Route::Withdraw, Some(&alice)),
            key.claim(Route::Withdraw, None),
            key.claim(Route::Redeem, None),
            key.claim(KeyedRoute::Payments, Some(&alice)),
            IdempotencyKey::from_random(&[8; 16]).claim(Route::Redeem, None),
        ];
        for (i, claim) in claims.iter().enumerate() {
            assert!(claims.iter().skip(i + 1).all(|other| other != claim));
        }
    }

    #[test]
    fn a_digest_does_not_depend_on_spelling() {
        let digest = |text: &str| request_digest(&serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(digest(r#"{"b":1.0,"a":"\u0041"}"#), digest(r#"{ "a": "A", "b": 1 }"#));
        assert_ne!(digest(r#"{"a":"A","b":1}"#), digest(r#"{"a":"A","b":1,"c":null}"#));
    }
}
