//! Ends payments that are not paid: their merchant cancels them, or they expire.

use super::event;
use crate::service::outcome::Outcome;
use crate::service::refusal::ended_by;
use crate::service::{Mint, ServiceError};
use ecash_core::wire::{ErrorCode, PaymentState};
use ecash_core::{AccountId, PaymentId, Timestamp};
use ecash_environment::FailureLog;
use ecash_ledger::{
    Claim, CommitError, Conflict, NewPayment, OperationKind, PaymentEnd, PaymentRecord, Record, Settlement,
};
use std::sync::Weak;
use std::time::Duration;

/// How long after `expires_at` the expiry is recorded. Longer than a request takes, so that a redemption that
/// was checked in time has committed by then.
const EXPIRY_GRACE_S: u64 = 60;
/// How often expired payments are polled.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);
const SWEEP_BATCH: u32 = 100;

impl Mint {
    /// Cancels an open payment of a merchant. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`ErrorCode::PaymentUnknown`], also for another merchant's payment; [`ErrorCode::PaymentPaid`] and
    /// [`ErrorCode::PaymentExpired`] if it was already paid or expired.
    pub async fn cancel_payment(
        &self,
        merchant_id: &AccountId,
        payment_id: &PaymentId,
    ) -> Result<PaymentRecord, ServiceError> {
        let record = self.own_payment(merchant_id, payment_id).await?;
        let ended = match record.state {
            PaymentState::Open => self.end_payment(&record.payment, PaymentEnd::Cancelled).await?,
            ended => ended,
        };
        match ended {
            PaymentState::Paid => Err(ServiceError::refused(ErrorCode::PaymentPaid)),
            PaymentState::Expired => Err(ServiceError::refused(ErrorCode::PaymentExpired)),
            // Read again, to include the operation that cancelled it.
            _ => self.payment(payment_id).await,
        }
    }

    /// Returns a merchant's payment, as [`Self::payment`] does. Another merchant's payment is unknown to it.
    pub(in crate::service) async fn own_payment(
        &self,
        merchant_id: &AccountId,
        payment_id: &PaymentId,
    ) -> Result<PaymentRecord, ServiceError> {
        let record = self.payment(payment_id).await?;
        if record.payment.merchant_id == *merchant_id {
            Ok(record)
        } else {
            Err(ServiceError::refused(ErrorCode::PaymentUnknown))
        }
    }

    /// Returns a payment. A payment past its expiry and grace period is ended first, so that the returned
    /// state is final.
    ///
    /// # Errors
    /// [`ErrorCode::PaymentUnknown`].
    pub async fn payment(&self, payment_id: &PaymentId) -> Result<PaymentRecord, ServiceError> {
        let record = self.deps.ledger.payments.payment(payment_id).await?;
        let record = record.ok_or(ServiceError::refused(ErrorCode::PaymentUnknown))?;
        let is_overdue = self.now() >= record.payment.expires_at.plus_seconds(EXPIRY_GRACE_S);
        if record.state != PaymentState::Open || !is_overdue {
            return Ok(record);
        }
        self.end_payment(&record.payment, PaymentEnd::Expired).await?;
        // Read how it ended: it may have been paid or cancelled meanwhile.
        let record = self.deps.ledger.payments.payment(payment_id).await?;
        record.ok_or(ServiceError::refused(ErrorCode::PaymentUnknown))
    }

    /// Ends the payments past their expiry and grace period. Returns how many.
    ///
    /// # Errors
    /// The ledger's failure; payments that were ended before it stay ended.
    pub async fn expire_payments(&self) -> Result<usize, ServiceError> {
        let Some(overdue_since) = self.now().unix_seconds().checked_sub(EXPIRY_GRACE_S) else { return Ok(0) };
        let overdue_since = Timestamp::from_unix_seconds(overdue_since);
        let mut ended = 0;
        loop {
            let overdue = self.deps.ledger.payments.overdue(overdue_since, SWEEP_BATCH).await?;
            for payment_id in &overdue {
                if let Some(record) = self.deps.ledger.payments.payment(payment_id).await?
                    && record.state == PaymentState::Open
                {
                    self.end_payment(&record.payment, PaymentEnd::Expired).await?;
                    ended += 1;
                }
            }
            if overdue.len() < SWEEP_BATCH as usize {
                return Ok(ended);
            }
        }
    }

    /// Takes an open payment's claim. Returns how the payment ended, which differs from `end` if it was
    /// already paid, cancelled or expired.
    pub(super) async fn end_payment(
        &self,
        payment: &NewPayment,
        end: PaymentEnd,
    ) -> Result<PaymentState, ServiceError> {
        let (kind, name) = match end {
            PaymentEnd::Cancelled => (OperationKind::PaymentCancel, "payment.cancelled"),
            PaymentEnd::Expired | PaymentEnd::Paid { .. } => {
                (OperationKind::PaymentExpire, "payment.expired")
            }
        };
        let state = end.state();
        let payment_id = payment.payment_id.clone();
        let mut draft = self.draft_of(kind, &Outcome::NOTHING)?;
        draft.claims.push((Claim::payment(&payment_id), None));
        draft.events.push(event(name, &payment.merchant_id, &payment.payment_id));
        draft.records.push(Record::Settlement(Settlement { payment_id, end }));
        match self.commit(draft).await {
            Ok(_) => Ok(state),
            Err(CommitError::Conflict(Conflict::Claimed { owner, .. })) => Ok(ended_by(owner.kind)),
            Err(error) => Err(error.into()),
        }
    }
}

/// Ends expired payments and returns unclaimed refunds until the mint is dropped. Several mints may run it on
/// one ledger.
pub async fn expire_payments_forever(mint: Weak<Mint>) {
    let mut failures = FailureLog::default();
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Some(mint) = mint.upgrade() else { return };
        let ended = mint.expire_payments().await.map(drop);
        let ended = ended.and(mint.return_refunds(SWEEP_BATCH).await);
        failures.record(
            ended,
            "recording expired payments or returning unclaimed refunds failed; retrying every 5 s",
        );
    }
}
