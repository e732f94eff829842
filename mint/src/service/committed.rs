//! A committed operation and its response.
//!
//! [`Committed::response`] builds the first response and all its repeats, from the outcome and the signatures
//! as they are stored, so that they cannot differ.

use super::outcome::{ClaimedRefunds, Outcome, OutcomeError, Redemption, StoredOutcome, Withdrawal};
use super::{Mint, ServiceError};
use ecash_core::base64url::Base64Url;
use ecash_core::wire::{ClaimResponse, RedeemResponse, SwapResponse, WithdrawResponse};
use ecash_core::{Timestamp, TransactionId};
use ecash_ledger::{OperationKind, OperationRecord};
use serde::Serialize;

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
        let stored = StoredOutcome::read(record.kind, record.outcome)?;
        let signatures = mint.deps.ledger.postings.issued(stored.outcome.outputs()).await?;
        let signatures: Option<Vec<_>> = signatures.into_iter().collect();
        let signatures = signatures.ok_or_else(|| ServiceError::internal(OutcomeError::NoSignature))?;
        Self::new(stored, signatures)
    }

    /// Wraps an operation that this request committed, with the signatures that it issued.
    pub(super) fn fresh(
        kind: OperationKind,
        outcome: serde_json::Value,
        signatures: Vec<Vec<u8>>,
    ) -> Result<Self, ServiceError> {
        Self::new(StoredOutcome::read(kind, outcome)?, signatures)
    }

    fn new(stored: StoredOutcome, signatures: Vec<Vec<u8>>) -> Result<Self, ServiceError> {
        let StoredOutcome { transaction_id, timestamp, outcome } = stored;
        // One signature for each output, or the client would lose money.
        if outcome.outputs().len() != signatures.len() {
            return Err(ServiceError::internal(OutcomeError::NoSignature));
        }
        Ok(Self {
            transaction_id,
            timestamp,
            outcome,
            blind_signatures: signatures.into_iter().map(Base64Url).collect(),
        })
    }

    /// Returns the response: the same for the first request and every repeat.
    pub(super) fn response(self) -> Result<Response, ServiceError> {
        let Self { transaction_id, timestamp, outcome, blind_signatures } = self;
        Ok(match outcome {
            Outcome::Withdraw(Withdrawal { expires_at, .. }) => {
                Response::Withdraw(WithdrawResponse { transaction_id, blind_signatures, expires_at })
            }
            Outcome::Swap(_) => Response::Swap(SwapResponse { transaction_id, blind_signatures }),
            Outcome::Redeem(Redemption { redeemed_amount, return_url, receipt }) => {
                let paid = RedeemResponse { transaction_id, redeemed_amount, timestamp, return_url, receipt };
                Response::Redeem(paid)
            }
            Outcome::RefundClaim(ClaimedRefunds { expires_at, claimed, .. }) => {
                Response::Claim(ClaimResponse { transaction_id, blind_signatures, claimed, expires_at })
            }
            Outcome::Payment(_) | Outcome::Refund(_) | Outcome::Payout(_) | Outcome::Other(_) => {
                return Err(ServiceError::internal(OutcomeError::OtherKind));
            }
        })
    }
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
