//! The stored outcome of a committed operation, and the response that is built from it.
//!
//! [`Committed::response`] builds the first response and all its repeats, from the outcome and the signatures
//! as they are stored, so that they cannot differ.

use super::{Mint, ServiceError};
use ecash_core::base64url::Base64Url;
use ecash_core::keys::KeyId;
use ecash_core::receipt::SignedReceipt;
use ecash_core::wire::{ClaimResponse, RedeemResponse, SwapResponse, WithdrawResponse};
use ecash_core::{Amount, KeysetId, PaymentId, PayoutId, RefundId, Timestamp, TransactionId};
use ecash_ledger::{BlindedHash, Operation, OperationKind, OperationRecord, OutputRef};
use serde::{Deserialize, Serialize};

/// The outcome of an operation, by its kind. Signatures are not part of it; they are read from the ledger's
/// table `issued`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Tokens were issued for an account's money.
    Withdraw {
        /// The issued tokens, in the order of the request's outputs.
        outputs: Vec<OutputRef>,
        /// When the outputs stop being redeemable.
        expires_at: Timestamp,
    },
    /// Tokens were exchanged for others.
    Swap {
        /// The issued tokens, in the order of the request's outputs.
        outputs: Vec<OutputRef>,
    },
    /// Tokens were credited to an account, or paid a payment.
    Redeem {
        /// Sum of the tokens, tip included.
        redeemed_amount: Amount,
        /// Where the payer's browser goes after a payment, if its merchant named an address.
        return_url: Option<String>,
        /// The receipt of the payment; absent without a payment.
        receipt: Option<SignedReceipt>,
    },
    /// A merchant created a payment.
    Payment {
        /// Id of the payment, open from now on.
        payment_id: PaymentId,
    },
    /// Money of a merchant was reserved for a refund.
    Refund {
        /// Id of the refund, open from now on.
        refund_id: RefundId,
        /// The receipt of the refund.
        receipt: Option<SignedReceipt>,
    },
    /// Takings of a merchant were reserved for a payout.
    Payout {
        /// Id of the payout, pending until the operator ends it.
        payout_id: PayoutId,
    },
    /// Tokens were issued for refunds.
    RefundClaim {
        /// The issued tokens, in the order of the request's outputs.
        outputs: Vec<OutputRef>,
        /// Time at which the tokens stop being redeemable.
        expires_at: Timestamp,
        /// Sum of the claimed refunds, in minor units.
        claimed: Amount,
    },
    /// Money was moved without tokens, or an operation was cancelled.
    Other,
}

/// An outcome as the ledger stores it, in JSON. The operation's kind is stored in its own column.
#[derive(Serialize, Deserialize)]
struct StoredOutcome {
    transaction_id: TransactionId,
    /// Rounded to the minute.
    timestamp: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<StoredOutput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    redeemed_amount: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    return_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_id: Option<PaymentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<SignedReceipt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refund_id: Option<RefundId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payout_id: Option<PayoutId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claimed: Option<Amount>,
}

#[derive(Serialize, Deserialize)]
struct StoredOutput {
    keyset_id: KeysetId,
    key_id: KeyId,
    /// SHA-256 of the blinded token.
    blinded_hash: Base64Url,
}

/// A committed operation whose stored outcome cannot be read: the ledger is corrupt.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutcomeError {
    /// The stored text is not the JSON of an outcome.
    #[error("a stored outcome cannot be read")]
    Json(#[source] serde_json::Error),
    /// A field that operations of this kind have is missing.
    #[error("a stored outcome has no {0}")]
    Missing(&'static str),
    /// The signature of an output is missing.
    #[error("a committed operation's signature is missing from the ledger")]
    NoSignature,
    /// The operation that owns the claim is of another kind than the request.
    #[error("a committed operation is of another kind than its request")]
    OtherKind,
}

impl Outcome {
    /// Returns the JSON that the ledger stores.
    pub(super) fn to_json(&self, operation: &Operation) -> Result<serde_json::Value, ServiceError> {
        let (outputs, expires_at, redeemed_amount) = match self {
            Self::Withdraw { outputs, expires_at } => (outputs.as_slice(), Some(*expires_at), None),
            Self::Swap { outputs } => (outputs.as_slice(), None, None),
            Self::Redeem { redeemed_amount, .. } => ([].as_slice(), None, Some(*redeemed_amount)),
            Self::RefundClaim { outputs, expires_at, .. } => (outputs.as_slice(), Some(*expires_at), None),
            Self::Payment { .. } | Self::Refund { .. } | Self::Payout { .. } | Self::Other => {
                ([].as_slice(), None, None)
            }
        };
        let stored = StoredOutcome {
            transaction_id: operation.id.transaction_id().map_err(ServiceError::internal)?,
            timestamp: operation.at.rounded_to_minute(),
            outputs: outputs.iter().map(StoredOutput::of).collect(),
            expires_at,
            redeemed_amount,
            return_url: match self {
                Self::Redeem { return_url, .. } => return_url.clone(),
                _ => None,
            },
            receipt: match self {
                Self::Redeem { receipt, .. } | Self::Refund { receipt, .. } => receipt.clone(),
                _ => None,
            },
            payment_id: match self {
                Self::Payment { payment_id } => Some(payment_id.clone()),
                _ => None,
            },
            refund_id: match self {
                Self::Refund { refund_id, .. } => Some(refund_id.clone()),
                _ => None,
            },
            payout_id: match self {
                Self::Payout { payout_id } => Some(payout_id.clone()),
                _ => None,
            },
            claimed: match self {
                Self::RefundClaim { claimed, .. } => Some(*claimed),
                _ => None,
            },
        };
        serde_json::to_value(stored).map_err(ServiceError::internal)
    }

    /// Adds the receipt of a payment.
    pub(super) fn add_receipt(&mut self, signed: SignedReceipt) -> Result<(), ServiceError> {
        match self {
            Self::Redeem { receipt, .. } => {
                *receipt = Some(signed);
                Ok(())
            }
            _ => Err(ServiceError::internal(OutcomeError::OtherKind)),
        }
    }

    fn read(kind: OperationKind, stored: &StoredOutcome) -> Result<Self, OutcomeError> {
        let outputs = || {
            let outputs: Option<_> = stored.outputs.iter().map(StoredOutput::reference).collect();
            outputs.ok_or(OutcomeError::Missing("valid blinded_hash"))
        };
        Ok(match kind {
            OperationKind::Withdraw => Self::Withdraw {
                outputs: outputs()?,
                expires_at: stored.expires_at.ok_or(OutcomeError::Missing("expires_at"))?,
            },
            OperationKind::Swap => Self::Swap { outputs: outputs()? },
            OperationKind::Redeem => Self::Redeem {
                redeemed_amount: stored.redeemed_amount.ok_or(OutcomeError::Missing("redeemed_amount"))?,
                return_url: stored.return_url.clone(),
                receipt: stored.receipt.clone(),
            },
            OperationKind::Payment => Self::Payment {
                payment_id: stored.payment_id.clone().ok_or(OutcomeError::Missing("payment_id"))?,
            },
            OperationKind::Refund => Self::Refund {
                refund_id: stored.refund_id.clone().ok_or(OutcomeError::Missing("refund_id"))?,
                receipt: stored.receipt.clone(),
            },
            OperationKind::Payout => Self::Payout {
                payout_id: stored.payout_id.clone().ok_or(OutcomeError::Missing("payout_id"))?,
            },
            OperationKind::RefundClaim => Self::RefundClaim {
                outputs: outputs()?,
                expires_at: stored.expires_at.ok_or(OutcomeError::Missing("expires_at"))?,
                claimed: stored.claimed.ok_or(OutcomeError::Missing("claimed"))?,
            },
            OperationKind::Fund
            | OperationKind::RefundReturn
            | OperationKind::PayoutEnd
            | OperationKind::Cancel
            | OperationKind::Expire
            | OperationKind::PaymentCancel
            | OperationKind::PaymentExpire
            | OperationKind::MerchantAdmin
            | OperationKind::KeysetStop => Self::Other,
        })
    }

    fn outputs(&self) -> &[OutputRef] {
        match self {
            Self::Withdraw { outputs, .. } | Self::Swap { outputs } | Self::RefundClaim { outputs, .. } => {
                outputs
            }
            Self::Redeem { .. }
            | Self::Payment { .. }
            | Self::Refund { .. }
            | Self::Payout { .. }
            | Self::Other => &[],
        }
    }
}

impl StoredOutput {
    fn of(output: &OutputRef) -> Self {
        Self {
            keyset_id: output.keyset_id.clone(),
            key_id: output.key_id,
            blinded_hash: output.blinded_hash.as_bytes().as_slice().into(),
        }
    }

    fn reference(&self) -> Option<OutputRef> {
        Some(OutputRef {
            keyset_id: self.keyset_id.clone(),
            key_id: self.key_id,
            blinded_hash: BlindedHash::from_slice(self.blinded_hash.as_bytes())?,
        })
    }
}

/// A durable operation. Responses are built only from this type.
pub(super) struct Committed {
    transaction_id: TransactionId,
    timestamp: Timestamp,
    outcome: Outcome,
    /// One for each output of `outcome`, in order.
    blind_signatures: Vec<Base64Url>,
}

/// The response of a money operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Response {
    Withdraw(WithdrawResponse),
    Swap(SwapResponse),
    Redeem(RedeemResponse),
    Claim(ClaimResponse),
}

impl Committed {
    /// Reads an operation that another request committed, with its signatures.
    pub(super) async fn stored(mint: &Mint, record: OperationRecord) -> Result<Self, ServiceError> {
        let (stored, outcome) = parse(record.kind, record.outcome)?;
        let signatures = mint.deps.ledger.postings.issued(outcome.outputs()).await?;
        let signatures: Option<Vec<_>> = signatures.into_iter().collect();
        let signatures = signatures.ok_or_else(|| ServiceError::internal(OutcomeError::NoSignature))?;
        Self::new(stored, outcome, signatures)
    }

    /// Wraps an operation that this request committed, with the signatures that it issued.
    pub(super) fn fresh(
        kind: OperationKind,
        outcome: serde_json::Value,
        signatures: Vec<Vec<u8>>,
    ) -> Result<Self, ServiceError> {
        let (stored, outcome) = parse(kind, outcome)?;
        Self::new(stored, outcome, signatures)
    }

    fn new(stored: StoredOutcome, outcome: Outcome, signatures: Vec<Vec<u8>>) -> Result<Self, ServiceError> {
        // One signature for each output, or the client would lose money.
        if outcome.outputs().len() != signatures.len() {
            return Err(ServiceError::internal(OutcomeError::NoSignature));
        }
        Ok(Self {
            transaction_id: stored.transaction_id,
            timestamp: stored.timestamp,
            outcome,
            blind_signatures: signatures.into_iter().map(Base64Url).collect(),
        })
    }

    /// Returns the response: the same for the first request and every repeat.
    pub(super) fn response(self) -> Result<Response, ServiceError> {
        let Self { transaction_id, timestamp, outcome, blind_signatures } = self;
        Ok(match outcome {
            Outcome::Withdraw { expires_at, .. } => {
                Response::Withdraw(WithdrawResponse { transaction_id, blind_signatures, expires_at })
            }
            Outcome::Swap { .. } => Response::Swap(SwapResponse { transaction_id, blind_signatures }),
            Outcome::Redeem { redeemed_amount, return_url, receipt } => {
                let paid = RedeemResponse { transaction_id, redeemed_amount, timestamp, return_url, receipt };
                Response::Redeem(paid)
            }
            Outcome::RefundClaim { expires_at, claimed, .. } => {
                Response::Claim(ClaimResponse { transaction_id, blind_signatures, claimed, expires_at })
            }
            Outcome::Payment { .. } | Outcome::Refund { .. } | Outcome::Payout { .. } | Outcome::Other => {
                return Err(ServiceError::internal(OutcomeError::OtherKind));
            }
        })
    }
}

/// Returns the payment that an operation created.
pub(super) fn created_payment_id(record: OperationRecord) -> Result<PaymentId, ServiceError> {
    match parse(record.kind, record.outcome)?.1 {
        Outcome::Payment { payment_id } => Ok(payment_id),
        _ => Err(ServiceError::internal(OutcomeError::OtherKind)),
    }
}

/// Returns the refund that an operation created.
pub(super) fn created_refund_id(record: OperationRecord) -> Result<RefundId, ServiceError> {
    match parse(record.kind, record.outcome)?.1 {
        Outcome::Refund { refund_id, .. } => Ok(refund_id),
        _ => Err(ServiceError::internal(OutcomeError::OtherKind)),
    }
}

/// Returns the receipt of the refund that an operation created.
pub(super) fn created_refund_receipt(record: OperationRecord) -> Result<Option<SignedReceipt>, ServiceError> {
    match parse(record.kind, record.outcome)?.1 {
        Outcome::Refund { receipt, .. } => Ok(receipt),
        _ => Err(ServiceError::internal(OutcomeError::OtherKind)),
    }
}

/// Returns the payout that an operation requested.
pub(super) fn created_payout_id(record: OperationRecord) -> Result<PayoutId, ServiceError> {
    match parse(record.kind, record.outcome)?.1 {
        Outcome::Payout { payout_id } => Ok(payout_id),
        _ => Err(ServiceError::internal(OutcomeError::OtherKind)),
    }
}

/// Returns the receipt of the payment that an operation paid.
pub(super) fn created_receipt(record: OperationRecord) -> Result<Option<SignedReceipt>, ServiceError> {
    match parse(record.kind, record.outcome)?.1 {
        Outcome::Redeem { receipt, .. } => Ok(receipt),
        _ => Err(ServiceError::internal(OutcomeError::OtherKind)),
    }
}

fn parse(kind: OperationKind, outcome: serde_json::Value) -> Result<(StoredOutcome, Outcome), ServiceError> {
    let stored =
        serde_json::from_value(outcome).map_err(|error| ServiceError::internal(OutcomeError::Json(error)))?;
    let outcome = Outcome::read(kind, &stored).map_err(ServiceError::internal)?;
    Ok((stored, outcome))
}

/// Declares a method for each kind of response, which fails if the operation is of another kind.
macro_rules! response_of {
    ($($function:ident, $variant:ident, $response:ty;)*) => {
        impl Committed {
            $(pub(super) fn $function(self) -> Result<$response, ServiceError> {
                match self.response()? {
                    Response::$variant(response) => Ok(response),
                    _ => Err(ServiceError::internal(OutcomeError::OtherKind)),
                }
            })*
        }
    };
}

response_of! {
    withdraw_response, Withdraw, WithdrawResponse;
    swap_response, Swap, SwapResponse;
    redeem_response, Redeem, RedeemResponse;
    claim_response, Claim, ClaimResponse;
}
