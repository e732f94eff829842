//! Claims refunds. The payer's signature covers the outputs, so it is useless for other outputs.

use super::event;
use crate::keys::Keyring;
use crate::service::committed::Committed;
use crate::service::flow::{Effects, Exclusive, Received};
use crate::service::outcome::{ClaimedRefunds, Outcome};
use crate::service::outputs::{check_outputs, output_resources, references};
use crate::service::{Mint, ServiceError};
use ecash_core::refund::{self, MAX_REFUNDS};
use ecash_core::wire::{ClaimRequest, ClaimResponse, ErrorCode, PaymentState, RefundState};
use ecash_core::{Amount, PaymentId};
use ecash_ledger::{Claim, Movement, NewRefund, Party, PaymentRecord, Record, RefundEnd};
use std::collections::HashSet;

impl Mint {
    /// Issues tokens for refunds of a payment to the holder of the key to which the payment committed.
    ///
    /// # Errors
    /// [`ErrorCode::PaymentUnknown`], [`ErrorCode::PaymentNotPaid`], [`ErrorCode::RefundWrongKey`],
    /// [`ErrorCode::RefundNothingOpen`], [`ErrorCode::AmountMismatch`], and those of outputs. Nothing was
    /// issued.
    pub async fn claim_refunds(
        &self,
        received: Received,
        payment_id: &PaymentId,
        request: &ClaimRequest,
    ) -> Result<ClaimResponse, ServiceError> {
        let keyring = self.keyring();
        let resources = output_resources(&request.outputs)?;
        let fresh = |exclusive| self.claim_fresh(exclusive, payment_id, request, &keyring);
        received.commit_once(self, resources, fresh).await?.claim_response()
    }

    async fn claim_fresh(
        &self,
        exclusive: Exclusive,
        payment_id: &PaymentId,
        request: &ClaimRequest,
        keyring: &Keyring,
    ) -> Result<Committed, ServiceError> {
        let record = self.payment(payment_id).await?;
        if record.state != PaymentState::Paid {
            return Err(ServiceError::refused(ErrorCode::PaymentNotPaid));
        }
        // Check the signature first: the steps below are expensive, and only the payer may cause them.
        self.check_claimer(&record, request)?;
        let refunds = self.claimed_refunds(payment_id, &request.refunds).await?;
        let (outputs, keyset, sum) = check_outputs(self, keyring, &request.outputs, self.now()).await?;
        let wanted =
            Amount::sum(refunds.iter().map(|refund| refund.amount)).map_err(ServiceError::internal)?;
        if sum != wanted {
            let detail =
                format!("the outputs sum to {}, the refunds to {}", self.money(sum), self.money(wanted));
            return Err(ServiceError::refused_because(ErrorCode::AmountMismatch, detail));
        }
        let claims: Vec<_> = refunds.iter().map(|refund| Claim::refund_end(&refund.refund_id)).collect();
        let exclusive = exclusive.hold_claims(self, &claims).await?;
        let end = |refund: NewRefund| {
            let NewRefund { refund_id, payment_id, amount, .. } = refund;
            Record::RefundEnd(RefundEnd { refund_id, payment_id, amount, returned_to: None })
        };
        let effects = Effects {
            debits: vec![Movement { party: Party::Refunds, amount: sum }],
            claims,
            records: refunds.into_iter().map(end).collect(),
            events: vec![event("refund.claimed", &record.payment.merchant_id, payment_id)],
            claim_keyset: Some(keyset.keyset_id),
            ..Effects::new(Outcome::RefundClaim(ClaimedRefunds {
                outputs: references(&outputs),
                expires_at: keyset.dates.redeem_until,
                claimed: sum,
            }))
        };
        exclusive.verified(Effects { outputs, ..effects }).sign(self).await?.commit(self).await
    }

    /// Requires that the key is the one to which the payment committed, and that it has signed this claim.
    fn check_claimer(&self, record: &PaymentRecord, request: &ClaimRequest) -> Result<(), ServiceError> {
        let wrong = || ServiceError::refused(ErrorCode::RefundWrongKey);
        let key: [u8; 32] = request.refund_key.as_bytes().try_into().map_err(|_| wrong())?;
        let signature: [u8; 64] = request.signature.as_bytes().try_into().map_err(|_| wrong())?;
        let outputs: Vec<_> =
            request.outputs.iter().map(|output| (output.key_id, output.blinded_token.as_bytes())).collect();
        let claim = refund::Claim {
            institution_id: &self.identity().institution_id,
            payment_id: &record.payment.payment_id,
            refunds: &request.refunds,
            outputs: &outputs,
        };
        let message = claim.message().ok_or_else(wrong)?;
        let is_payers = record.refund_commitment == Some(refund::commitment(&key));
        if is_payers && refund::verifies(&key, &message, &signature) { Ok(()) } else { Err(wrong()) }
    }

    /// Returns the refunds with these numbers, if all are open.
    async fn claimed_refunds(
        &self,
        payment_id: &PaymentId,
        numbers: &[u8],
    ) -> Result<Vec<NewRefund>, ServiceError> {
        let wanted: HashSet<u8> = numbers.iter().copied().collect();
        if wanted.len() != numbers.len() || numbers.is_empty() || numbers.len() > usize::from(MAX_REFUNDS) {
            let detail = format!("refunds must name 1 to {MAX_REFUNDS} refunds, each once");
            return Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail));
        }
        let refunds = self.deps.ledger.payments.refunds(payment_id).await?;
        let open = refunds.into_iter().filter(|record| record.state == RefundState::Open);
        let open: Vec<_> =
            open.map(|record| record.refund).filter(|refund| wanted.contains(&refund.number)).collect();
        if open.len() == wanted.len() {
            Ok(open)
        } else {
            Err(ServiceError::refused(ErrorCode::RefundNothingOpen))
        }
    }
}
