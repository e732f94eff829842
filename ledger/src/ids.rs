//! Identifiers of operations, blinded tokens and claims.

use super::BlindedHash;
use ecash_core::idempotency::{IdempotencyKey, KeyedRoute};
use ecash_core::keys::{KeyId, KeysetStatus, lp};
use ecash_core::{AccountId, KeysetId, base64url, hex};
use ecash_core::{PaymentId, PayoutId, RefundId, TransactionId};
use sha2::{Digest, Sha256};
use std::fmt;

/// A random id of one operation, chosen before anything is written, so that a retry finds an earlier attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId([u8; 16]);

impl OperationId {
    /// Creates an id from 16 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the id as the database stores it.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads a stored id; `None` unless it has 16 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the id as clients see it: `tx_` and base64url.
    ///
    /// # Errors
    /// Never in practice: this form is always a valid name.
    pub fn transaction_id(&self) -> Result<TransactionId, ecash_core::names::NameError> {
        TransactionId::new(format!("tx_{}", base64url::encode(&self.0)))
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tx_{}", base64url::encode(&self.0))
    }
}

/// A name that only one operation can own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim(String);

impl Claim {
    /// The claim of an idempotency key on one route by one principal.
    #[must_use]
    pub fn idempotency(
        key: &IdempotencyKey,
        route: impl Into<KeyedRoute>,
        principal: Option<&AccountId>,
    ) -> Self {
        Self(key.claim(route, principal))
    }

    /// The claim of a funding's external reference, so that it is credited once.
    #[must_use]
    pub fn fund(reference: &str) -> Self {
        Self(format!("fund:{reference}"))
    }

    /// The claim of a payment's end: paid, cancelled or expired. Never deleted.
    #[must_use]
    pub fn payment(payment_id: &PaymentId) -> Self {
        Self(format!("payment:{payment_id}"))
    }

    /// The claim of the order of a payment. The one payment that pays the order takes it. Never deleted.
    /// `None` for a payment without an order, and for a split payment, of which several pay one order.
    #[must_use]
    pub fn of_order(merchant_id: &AccountId, order_ref: Option<&str>, is_split: bool) -> Option<Self> {
        let order_ref = order_ref.filter(|_| !is_split)?;
        let mut hash = Sha256::new_with_prefix("ecash/order/v1");
        for part in [merchant_id.as_str(), order_ref] {
            hash.update(lp(part.as_bytes()));
        }
        let digest = hex::encode(&hash.finalize());
        Some(Self(format!("order:{digest}")))
    }

    /// The claim of the n-th refund of a payment, so that refunds are created one after the other. Never
    /// deleted.
    #[must_use]
    pub fn refund(payment_id: &PaymentId, number: u8) -> Self {
        Self(format!("refund:{payment_id}:{number}"))
    }

    /// The claim of a refund's end: claimed or returned. Never deleted.
    #[must_use]
    pub fn refund_end(refund_id: &RefundId) -> Self {
        Self(format!("refund-end:{refund_id}"))
    }

    /// The claim of a payout's end: settled or rejected. Never deleted.
    #[must_use]
    pub fn payout_end(payout_id: &PayoutId) -> Self {
        Self(format!("payout-end:{payout_id}"))
    }

    /// The claim of an opened output, so that each output of a revoked keyset lets one token be spent. Never
    /// deleted.
    #[must_use]
    pub fn opened(output: &OutputRef) -> Self {
        let hash = base64url::encode(output.blinded_hash.as_bytes());
        Self(format!("opened:{}:{}:{hash}", output.keyset_id, output.key_id))
    }

    /// The claim of a keyset's stop or revocation. Never deleted.
    #[must_use]
    pub fn keyset_stop(keyset_id: &KeysetId, status: KeysetStatus) -> Self {
        Self(format!("keyset-{}:{keyset_id}", status.as_str()))
    }

    /// Returns whether this is the claim of an opened output.
    #[must_use]
    pub fn is_opened(&self) -> bool {
        self.0.starts_with("opened:")
    }

    /// Returns whether this is the claim of an opened output of this keyset.
    #[must_use]
    pub fn opens(&self, keyset_id: &KeysetId) -> bool {
        let rest = self.0.strip_prefix("opened:").and_then(|rest| rest.strip_prefix(keyset_id.as_str()));
        rest.is_some_and(|rest| rest.starts_with(':'))
    }

    /// Returns whether this is the claim of a refund's creation.
    #[must_use]
    pub fn is_refund(&self) -> bool {
        self.0.starts_with("refund:")
    }

    /// Returns whether this is the claim of a refund's end.
    #[must_use]
    pub fn is_refund_end(&self) -> bool {
        self.0.starts_with("refund-end:")
    }

    /// Returns whether this is the claim of a payment's end.
    #[must_use]
    pub fn is_payment(&self) -> bool {
        self.0.starts_with("payment:")
    }

    /// Returns whether this is the claim of an order.
    #[must_use]
    pub fn is_order(&self) -> bool {
        self.0.starts_with("order:")
    }

    /// Returns the claim as the database stores it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Identifies an output in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OutputRef {
    /// The keyset of the key, which selects the partition.
    pub keyset_id: KeysetId,
    /// The key that signs, or signed, the output.
    pub key_id: KeyId,
    /// Hash of the blinded token.
    pub blinded_hash: BlindedHash,
}
