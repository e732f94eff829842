//! The stored outcome of an operation: what a repeat of its request returns.

use super::ServiceError;
use ecash_core::base64url::Base64Url;
use ecash_core::keys::KeyId;
use ecash_core::receipt::SignedReceipt;
use ecash_core::{Amount, KeysetId, PaymentId, PayoutId, RefundId, Timestamp, TransactionId};
use ecash_ledger::{BlindedHash, Operation, OperationKind, OperationRecord, OutputRef};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The outcome of an operation, by its kind. Signatures are not part of it; they are read from the ledger's
/// table `issued`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Outcome {
    /// Tokens were issued for an account's money.
    Withdraw(Withdrawal),
    /// Tokens were exchanged for others.
    Swap(Exchange),
    /// Tokens were credited to an account, or paid a payment.
    Redeem(Redemption),
    /// A merchant created a payment.
    Payment(CreatedPayment),
    /// Money of a merchant was reserved for a refund.
    Refund(CreatedRefund),
    /// Takings of a merchant were reserved for a payout.
    Payout(CreatedPayout),
    /// Tokens were issued for refunds.
    RefundClaim(ClaimedRefunds),
    /// Money was moved without tokens, or an operation was cancelled.
    Other(Nothing),
}

/// An outcome without fields of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Nothing {}

/// The outcome of a withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Withdrawal {
    /// The issued tokens, in the order of the request's outputs.
    pub(super) outputs: Outputs,
    /// When the outputs stop being redeemable.
    pub(super) expires_at: Timestamp,
}

/// The outcome of a swap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exchange {
    /// The issued tokens, in the order of the request's outputs.
    pub(super) outputs: Outputs,
}

/// The outcome of a redemption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Redemption {
    /// Sum of the tokens, tip included.
    pub(super) redeemed_amount: Amount,
    /// Where the payer's browser goes after a payment, if its merchant named an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) return_url: Option<String>,
    /// The receipt of the payment; absent without a payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) receipt: Option<SignedReceipt>,
}

/// The outcome of creating a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CreatedPayment {
    /// Id of the payment, open from now on.
    pub(super) payment_id: PaymentId,
}

/// The outcome of creating a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CreatedRefund {
    /// Id of the refund, open from now on.
    pub(super) refund_id: RefundId,
    /// The receipt of the refund; absent in refunds of mints that did not sign them yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) receipt: Option<SignedReceipt>,
}

/// The outcome of requesting a payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CreatedPayout {
    /// Id of the payout, pending until the operator ends it.
    pub(super) payout_id: PayoutId,
}

/// The outcome of claiming refunds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClaimedRefunds {
    /// The issued tokens, in the order of the request's outputs.
    pub(super) outputs: Outputs,
    /// When the outputs stop being redeemable.
    pub(super) expires_at: Timestamp,
    /// Sum of the claimed refunds, in minor units.
    pub(super) claimed: Amount,
}

/// A committed operation whose stored outcome cannot be read: the ledger is corrupt.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutcomeError {
    /// The stored JSON is not an outcome of the operation's kind; the source names the field.
    #[error("a stored outcome cannot be read")]
    Json(#[source] serde_json::Error),
    /// The signature of an output is missing.
    #[error("a committed operation's signature is missing from the ledger")]
    NoSignature,
    /// The operation that owns the claim is of another kind than the request.
    #[error("a committed operation is of another kind than its request")]
    OtherKind,
}

impl Outcome {
    /// An outcome that a request's repeat does not need to read.
    pub(super) const NOTHING: Self = Self::Other(Nothing {});

    /// Returns the JSON that the ledger stores.
    pub(super) fn to_json(&self, operation: &Operation) -> Result<serde_json::Value, ServiceError> {
        let stored = WrittenOutcome {
            transaction_id: operation.id.transaction_id().map_err(ServiceError::internal)?,
            timestamp: operation.at.rounded_to_minute(),
            outcome: self,
        };
        serde_json::to_value(stored).map_err(ServiceError::internal)
    }

    /// Adds the receipt of a payment.
    pub(super) fn add_receipt(&mut self, signed: SignedReceipt) -> Result<(), ServiceError> {
        let Self::Redeem(redemption) = self else {
            return Err(ServiceError::internal(OutcomeError::OtherKind));
        };
        redemption.receipt = Some(signed);
        Ok(())
    }

    /// Returns the tokens that the operation issued.
    pub(super) fn outputs(&self) -> &[OutputRef] {
        match self {
            Self::Withdraw(Withdrawal { outputs, .. })
            | Self::Swap(Exchange { outputs })
            | Self::RefundClaim(ClaimedRefunds { outputs, .. }) => &outputs.0,
            Self::Redeem(_) | Self::Payment(_) | Self::Refund(_) | Self::Payout(_) | Self::Other(_) => &[],
        }
    }

    fn read(kind: OperationKind, stored: serde_json::Value) -> Result<Self, serde_json::Error> {
        use serde_json::from_value;
        Ok(match kind {
            OperationKind::Withdraw => Self::Withdraw(from_value(stored)?),
            OperationKind::Swap => Self::Swap(from_value(stored)?),
            OperationKind::Redeem => Self::Redeem(from_value(stored)?),
            OperationKind::Payment => Self::Payment(from_value(stored)?),
            OperationKind::Refund => Self::Refund(from_value(stored)?),
            OperationKind::Payout => Self::Payout(from_value(stored)?),
            OperationKind::RefundClaim => Self::RefundClaim(from_value(stored)?),
            OperationKind::Fund
            | OperationKind::RefundReturn
            | OperationKind::PayoutEnd
            | OperationKind::Cancel
            | OperationKind::Expire
            | OperationKind::PaymentCancel
            | OperationKind::PaymentExpire
            | OperationKind::MerchantAdmin
            | OperationKind::KeysetStop => Self::NOTHING,
        })
    }
}

/// An outcome as the ledger stores it, in JSON. The operation's kind is stored in its own column.
#[derive(Serialize)]
struct WrittenOutcome<'a> {
    transaction_id: TransactionId,
    /// Rounded to the minute.
    timestamp: Timestamp,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

/// What [`WrittenOutcome`] has besides the outcome.
#[derive(Deserialize)]
struct CommonFields {
    transaction_id: TransactionId,
    timestamp: Timestamp,
}

/// An outcome read from the ledger.
pub(super) struct StoredOutcome {
    pub(super) transaction_id: TransactionId,
    /// Rounded to the minute.
    pub(super) timestamp: Timestamp,
    pub(super) outcome: Outcome,
}

impl StoredOutcome {
    /// Reads the outcome of an operation of this kind.
    pub(super) fn read(kind: OperationKind, json: serde_json::Value) -> Result<Self, ServiceError> {
        let corrupt = |error| ServiceError::internal(OutcomeError::Json(error));
        let CommonFields { transaction_id, timestamp } = CommonFields::deserialize(&json).map_err(corrupt)?;
        let outcome = Outcome::read(kind, json).map_err(corrupt)?;
        Ok(Self { transaction_id, timestamp, outcome })
    }
}

/// Returns the part of a record's outcome that `part` selects, which only outcomes of the request's kind have.
pub(super) fn stored_part<T>(
    record: OperationRecord,
    part: impl FnOnce(Outcome) -> Option<T>,
) -> Result<T, ServiceError> {
    let stored = StoredOutcome::read(record.kind, record.outcome)?;
    part(stored.outcome).ok_or_else(|| ServiceError::internal(OutcomeError::OtherKind))
}

/// Issued tokens, as outcomes refer to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outputs(pub(super) Vec<OutputRef>);

#[derive(Serialize, Deserialize)]
struct StoredOutput {
    keyset_id: KeysetId,
    key_id: KeyId,
    /// SHA-256 of the blinded token.
    blinded_hash: Base64Url,
}

impl Serialize for Outputs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|output| StoredOutput {
            keyset_id: output.keyset_id.clone(),
            key_id: output.key_id,
            blinded_hash: output.blinded_hash.as_bytes().as_slice().into(),
        }))
    }
}

impl<'de> Deserialize<'de> for Outputs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let outputs = Vec::<StoredOutput>::deserialize(deserializer)?.into_iter().map(|stored| {
            let StoredOutput { keyset_id, key_id, blinded_hash } = stored;
            let blinded_hash = BlindedHash::from_slice(blinded_hash.as_bytes());
            let blinded_hash = blinded_hash.ok_or_else(|| D::Error::custom("blinded_hash is not a hash"))?;
            Ok(OutputRef { keyset_id, key_id, blinded_hash })
        });
        outputs.collect::<Result<_, _>>().map(Self)
    }
}
