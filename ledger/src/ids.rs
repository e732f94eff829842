//! Names inside the ledger.

use ecash_core::TransactionId;
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::{AccountId, base64url};
use sha2::{Digest, Sha256};
use std::fmt;

/// A random name of one operation, chosen before anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId([u8; 16]);

impl OperationId {
    /// From 16 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From the database.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its form for clients: `tx_…`.
    ///
    /// # Errors
    /// Never; the form is always a valid name.
    pub fn transaction_id(&self) -> Result<TransactionId, ecash_core::names::NameError> {
        TransactionId::new(format!("tx_{}", base64url::encode(&self.0)))
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tx_{}", base64url::encode(&self.0))
    }
}

/// SHA-256 of a blinded token: what the ledger keeps of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlindedHash([u8; 32]);

impl BlindedHash {
    /// The hash of a blinded token's bytes.
    #[must_use]
    pub fn of(blinded_token: &[u8]) -> Self {
        Self(Sha256::digest(blinded_token).into())
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From the database.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// A name that only one operation can take.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim(String);

impl Claim {
    /// The claim of an idempotency key.
    #[must_use]
    pub fn idempotency(key: &IdempotencyKey, route: Route, principal: Option<&AccountId>) -> Self {
        Self(key.claim(route, principal))
    }

    /// The claim of an outside reference of a funding: it happens once.
    #[must_use]
    pub fn fund(reference: &str) -> Self {
        Self(format!("fund:{reference}"))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
