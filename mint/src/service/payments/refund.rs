//! Creates refunds. The money moves from the merchant to the mint's own account `refunds`, until the payer
//! claims it.

use super::event;
use crate::service::flow::{Exclusive, Received};
use crate::service::in_flight::Resource;
use crate::service::outcome::{CreatedRefund, Outcome};
use crate::service::{Mint, ServiceError};
use ecash_core::refund::MAX_REFUNDS;
use ecash_core::wire::{
    CreateRefundRequest, ErrorCode, MAX_REASON_CHARS, PaymentState, PublicRefund, RefundResponse, RefundView,
    left_to_refund,
};
use ecash_core::{AccountId, Amount, PaymentId, RefundId, is_short_line};
use ecash_environment::error_chain;
use ecash_ledger::{
    Claim, CommitError, Conflict, Draft, Movement, NewRefund, OperationKind, Party, PaymentRecord, Record,
    RefundEnd, RefundRecord,
};

/// Maximum number of attempts. An attempt fails if another refund of the payment is created during it.
const MAX_ATTEMPTS: usize = 5;

impl Mint {
    /// Refunds a paid payment, wholly or in part.
    ///
    /// # Errors
    /// [`ErrorCode::PaymentUnknown`], [`ErrorCode::PaymentNotPaid`], [`ErrorCode::RefundImpossible`] for a
    /// payment without a commitment, [`ErrorCode::RefundTooLarge`], [`ErrorCode::AmountNotPayable`],
    /// [`ErrorCode::InsufficientBalance`], or [`ErrorCode::TooManyEntries`] after [`MAX_REFUNDS`] refunds.
    pub async fn create_refund(
        &self,
        received: Received,
        merchant_id: &AccountId,
        payment_id: &PaymentId,
        request: &CreateRefundRequest,
    ) -> Result<RefundResponse, ServiceError> {
        let resources = vec![Resource::Debited(merchant_id.clone())];
        let fresh = |exclusive| self.refund_fresh(exclusive, merchant_id, payment_id, request);
        let stored = |outcome| match outcome {
            Outcome::Refund(CreatedRefund { refund_id, .. }) => Some(refund_id),
            _ => None,
        };
        let refund_id = received.create_once(self, resources, fresh, stored).await?;
        let refunds = self.deps.ledger.payments.refunds(payment_id).await?;
        let refund = refunds.into_iter().find(|record| record.refund.refund_id == refund_id);
        let refund = refund.ok_or(ServiceError::refused(ErrorCode::PaymentUnknown))?;
        let refund_url = format!("{}/#refund={payment_id}", self.deps.public_origin);
        Ok(RefundResponse { view: merchants_refund(refund), refund_url })
    }

    async fn refund_fresh(
        &self,
        exclusive: Exclusive,
        merchant_id: &AccountId,
        payment_id: &PaymentId,
        request: &CreateRefundRequest,
    ) -> Result<RefundId, ServiceError> {
        let malformed = |what: String| Err(ServiceError::refused_because(ErrorCode::MalformedRequest, what));
        if request.reason.as_ref().is_some_and(|reason| !is_short_line(reason, MAX_REASON_CHARS)) {
            return malformed(format!("reason must be one line of at most {MAX_REASON_CHARS} characters"));
        }
        if request.amount.is_some_and(Amount::is_zero) {
            return malformed("amount must be greater than 0".to_owned());
        }
        for _ in 0..MAX_ATTEMPTS {
            let (refund, paid) = self.next_refund(merchant_id, payment_id, request).await?;
            let name = self.merchant(merchant_id).await?.name;
            match self.commit(self.draft_refund(&exclusive, &refund, &paid, name)?).await {
                // Another refund of the payment was created meanwhile: read how much is left.
                Err(CommitError::Conflict(Conflict::Claimed { claim, .. })) if claim.is_refund() => {}
                result => {
                    result?;
                    return Ok(refund.refund_id);
                }
            }
        }
        Err(ServiceError::Overloaded)
    }

    /// Returns the next refund of the payment, if enough of the payment is left, and the payment.
    async fn next_refund(
        &self,
        merchant_id: &AccountId,
        payment_id: &PaymentId,
        request: &CreateRefundRequest,
    ) -> Result<(NewRefund, PaymentRecord), ServiceError> {
        let record = self.own_payment(merchant_id, payment_id).await?;
        if record.state != PaymentState::Paid {
            return Err(ServiceError::refused(ErrorCode::PaymentNotPaid));
        }
        if record.refund_commitment.is_none() {
            let detail = "the payment has no refund key, so no wallet could claim a refund: pay it back outside the mint";
            return Err(ServiceError::refused_because(ErrorCode::RefundImpossible, detail));
        }
        let refunds = self.deps.ledger.payments.refunds(payment_id).await?;
        let left = left_of(&record, &refunds)?;
        let amount = request.amount.unwrap_or(left);
        if amount.is_zero() || amount > left {
            let detail = format!("{} of the payment is left", self.money(left));
            return Err(ServiceError::refused_because(ErrorCode::RefundTooLarge, detail));
        }
        let now = self.now();
        self.check_payable(amount, now, now.plus_seconds(1))?;
        let number = u8::try_from(refunds.len() + 1).ok().filter(|number| *number <= MAX_REFUNDS);
        let number = number.ok_or_else(|| {
            let detail = format!("a payment has at most {MAX_REFUNDS} refunds");
            ServiceError::refused_because(ErrorCode::TooManyEntries, detail)
        })?;
        let refund = NewRefund {
            refund_id: RefundId::from_random(&self.random_id()?),
            payment_id: payment_id.clone(),
            merchant_id: merchant_id.clone(),
            number,
            amount,
            reason: request.reason.clone(),
            claim_until: now.plus_days(self.deps.refund_claim_days),
        };
        Ok((refund, record))
    }

    fn draft_refund(
        &self,
        exclusive: &Exclusive,
        refund: &NewRefund,
        paid: &PaymentRecord,
        merchant_name: String,
    ) -> Result<Draft, ServiceError> {
        let outcome =
            |receipt| Outcome::Refund(CreatedRefund { refund_id: refund.refund_id.clone(), receipt });
        let mut draft = exclusive.draft(self, &outcome(None))?;
        // The receipt states the time of the operation.
        let receipt = self.sign_refund(refund, paid, merchant_name, &draft.operation)?;
        draft.outcome = outcome(Some(receipt)).to_json(&draft.operation)?;
        draft.claims.push((Claim::refund(&refund.payment_id, refund.number), None));
        let amount = refund.amount;
        draft.debits.push(Movement { party: Party::Account(refund.merchant_id.clone()), amount });
        draft.credits.push(Movement { party: Party::Refunds, amount });
        draft.events.push(event("refund.created", &refund.merchant_id, &refund.payment_id));
        draft.records.push(Record::NewRefund(Box::new(refund.clone())));
        Ok(draft)
    }

    /// Returns refunds that were not claimed in time to their merchants.
    ///
    /// # Errors
    /// The ledger's failure; the remaining refunds are returned at the next attempt.
    pub async fn return_refunds(&self, limit: u32) -> Result<(), ServiceError> {
        let overdue = self.deps.ledger.payments.overdue_refunds(self.now(), limit).await?;
        // Cannot be undone, so not while this machine's clock disagrees with the ledger.
        if !overdue.is_empty() && self.deps.ledger.keysets.clock().await?.doubted_at.is_some() {
            return Ok(());
        }
        for RefundRecord { refund, .. } in overdue {
            let NewRefund { refund_id, payment_id, merchant_id, amount, .. } = refund;
            let mut draft = self.draft_of(OperationKind::RefundReturn, &Outcome::NOTHING)?;
            draft.claims.push((Claim::refund_end(&refund_id), None));
            draft.debits.push(Movement { party: Party::Refunds, amount });
            draft.credits.push(Movement { party: Party::Account(merchant_id.clone()), amount });
            draft.events.push(event("refund.returned", &merchant_id, &payment_id));
            let returned_to = Some(merchant_id);
            draft.records.push(Record::RefundEnd(RefundEnd { refund_id, payment_id, amount, returned_to }));
            match self.commit(draft).await {
                // Claimed, or returned by another mint, meanwhile.
                Ok(_) | Err(CommitError::Conflict(Conflict::Claimed { .. })) => {}
                // For example, the merchant's balance is at its limit. Continue with the other refunds.
                Err(CommitError::Conflict(conflict)) => {
                    let error = error_chain(&CommitError::Conflict(conflict));
                    tracing::error!(error, "returning a refund to its merchant failed; retrying");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Returns a payment's refunds; without a read if it has none.
    pub(super) async fn refunds_of(&self, record: &PaymentRecord) -> Result<Vec<RefundRecord>, ServiceError> {
        if record.refunds[0] == 0 {
            return Ok(Vec::new());
        }
        Ok(self.deps.ledger.payments.refunds(&record.payment.payment_id).await?)
    }
}

fn left_of(record: &PaymentRecord, refunds: &[RefundRecord]) -> Result<Amount, ServiceError> {
    let paid = record.payment.amount.plus(record.tip).map_err(ServiceError::internal)?;
    let refunds = refunds.iter().map(|record| (record.state, record.refund.amount));
    left_to_refund(paid, refunds).map_err(ServiceError::internal)
}

pub(super) fn merchants_refund(record: RefundRecord) -> RefundView {
    let RefundRecord { refund, at, state, ended_at, .. } = record;
    let NewRefund { refund_id, payment_id, number, amount, reason, claim_until, .. } = refund;
    RefundView { refund_id, payment_id, number, amount, reason, state, created_at: at, claim_until, ended_at }
}

pub(super) fn public_refund(record: RefundRecord) -> PublicRefund {
    let NewRefund { number, amount, reason, claim_until, .. } = record.refund;
    PublicRefund { number, amount, reason, state: record.state, claim_until }
}
