//! Creates payments, at most one open payment for each order.

use super::event;
use super::order::{PaymentOrder, check_fields};
use crate::service::flow::{Exclusive, Once, Received};
use crate::service::in_flight::Resource;
use crate::service::outcome::{CreatedPayment, Outcome, stored_part};
use crate::service::{Mint, ServiceError};
use ecash_core::wire::{ErrorCode, MerchantPayment, PaymentState};
use ecash_core::{PaymentId, Timestamp};
use ecash_ledger::{
    Claim, CommitError, Conflict, Draft, NewPayment, PaymentEnd, PaymentRecord, Record, Settlement, UniqueKey,
};

/// Maximum number of open payments of a merchant.
const MAX_OPEN: u64 = 10_000;
/// Maximum number of attempts. An attempt fails if one of the order's payments ends during it.
const MAX_ATTEMPTS: usize = 5;
/// An open payment with more time left than this, in seconds, is reused for its order.
const ENOUGH_TIME_S: u64 = 300;

/// What the existing payments of the order require.
enum OrderState {
    /// Return this open payment, which is for the same.
    Reuse(Box<PaymentRecord>),
    /// Replace these open payments, which are for something else.
    Replace(Vec<NewPayment>),
}

impl Mint {
    /// Creates an open payment. With an order, an open payment for the same is returned instead. Open ones
    /// for something else, or about to expire, are cancelled in the same posting. A page that is loaded twice therefore creates
    /// one payment of one order.
    ///
    /// # Errors
    /// [`ErrorCode::AmountNotPayable`] if no wallet could pay the amount exactly,
    /// [`ErrorCode::PaymentOrderPaid`] with the payment that was paid, [`ErrorCode::ReturnUrlNotRegistered`],
    /// [`ErrorCode::TooManyOpen`], [`ErrorCode::UnknownMerchant`], or [`ErrorCode::MalformedRequest`] for a
    /// field out of its limits.
    pub async fn create_payment(
        &self,
        received: Received,
        order: PaymentOrder,
    ) -> Result<MerchantPayment, ServiceError> {
        let claim = order.claim();
        let resources = claim.into_iter().map(|claim| Resource::Unique(UniqueKey::Claim(claim)));
        let fresh = |exclusive| self.create_fresh(exclusive, &order);
        let repeated = match received.once(self, resources.collect(), fresh).await? {
            Once::Fresh(created) => return Ok(created),
            Once::Repeat(record) => record,
        };
        let payment_id = stored_part(repeated, |outcome| match outcome {
            Outcome::Payment(CreatedPayment { payment_id }) => Some(payment_id),
            _ => None,
        })?;
        self.merchant_payment(&order.merchant_id, &payment_id).await
    }

    async fn create_fresh(
        &self,
        exclusive: Exclusive,
        order: &PaymentOrder,
    ) -> Result<MerchantPayment, ServiceError> {
        check_fields(order, self.identity().currency.is_demo())?;
        let merchant = self.merchant(&order.merchant_id).await?;
        if let Some(url) = &order.return_url {
            self.check_return_url(&merchant, url)?;
        }
        let created_at = self.now();
        let expires_at = created_at.plus_seconds(order.expires_in_s);
        self.check_payable(order.amount, created_at, expires_at)?;
        for _ in 0..MAX_ATTEMPTS {
            let replaced = match self.payments_of_order(order).await? {
                OrderState::Reuse(record) => return self.merchants_view(*record, true).await,
                OrderState::Replace(payments) => payments,
            };
            // Check the limit only when a payment is added: an order that exists may still be paid or
            // replaced.
            if replaced.is_empty()
                && self.deps.ledger.payments.open_count(&order.merchant_id).await? >= MAX_OPEN
            {
                return Err(ServiceError::refused(ErrorCode::TooManyOpen));
            }
            let payment = self.new_payment(order, created_at, expires_at)?;
            match self.commit(self.draft_new(&exclusive, &payment, &replaced)?).await {
                // One of the order's payments was paid or has expired meanwhile: read them again.
                Err(CommitError::Conflict(Conflict::Claimed { claim, .. })) if claim.is_payment() => {}
                result => {
                    result?;
                    return self.merchant_payment(&order.merchant_id, &payment.payment_id).await;
                }
            }
        }
        Err(ServiceError::Overloaded)
    }

    /// Reads the order's payments.
    async fn payments_of_order(&self, order: &PaymentOrder) -> Result<OrderState, ServiceError> {
        let Some(order_ref) = order.order_ref.as_ref().filter(|_| !order.is_split) else {
            return Ok(OrderState::Replace(Vec::new()));
        };
        let payments = self.deps.ledger.payments.of_order(&order.merchant_id, order_ref).await?;
        if let Some(paid) = payments.iter().find(|record| record.state == PaymentState::Paid) {
            return Err(ServiceError::order_paid(paid.payment.payment_id.clone()));
        }
        let now = self.now();
        let same =
            |record: &&PaymentRecord| leaves_time(&record.payment, now) && order.is_asked_by(&record.payment);
        if let Some(record) = payments.iter().find(same) {
            return Ok(OrderState::Reuse(Box::new(record.clone())));
        }
        Ok(OrderState::Replace(payments.into_iter().map(|record| record.payment).collect()))
    }

    fn new_payment(
        &self,
        order: &PaymentOrder,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<NewPayment, ServiceError> {
        let order = order.clone();
        Ok(NewPayment {
            payment_id: PaymentId::from_random(&self.random_id()?),
            merchant_id: order.merchant_id,
            amount: order.amount,
            tip_max: order.tip_max,
            description: order.description,
            order_ref: order.order_ref,
            is_split: order.is_split,
            details_box: order.details_box,
            details_hash: order.details_hash,
            metadata: order.metadata,
            return_url: order.return_url,
            created_at,
            expires_at,
        })
    }

    /// Creates the draft of a posting that creates a payment and cancels those that it replaces.
    fn draft_new(
        &self,
        exclusive: &Exclusive,
        payment: &NewPayment,
        replaced: &[NewPayment],
    ) -> Result<Draft, ServiceError> {
        let outcome = Outcome::Payment(CreatedPayment { payment_id: payment.payment_id.clone() });
        let mut draft = exclusive.draft(self, &outcome)?;
        draft.records.push(Record::NewPayment(Box::new(payment.clone())));
        for old in replaced {
            let payment_id = old.payment_id.clone();
            draft.claims.push((Claim::payment(&payment_id), None));
            draft.events.push(event("payment.cancelled", &old.merchant_id, &old.payment_id));
            draft.records.push(Record::Settlement(Settlement { payment_id, end: PaymentEnd::Cancelled }));
        }
        Ok(draft)
    }
}

impl PaymentOrder {
    /// The claim that the one paid payment of the order takes; `None` if payments are independent of each
    /// other.
    fn claim(&self) -> Option<Claim> {
        Claim::of_order(&self.merchant_id, self.order_ref.as_deref(), self.is_split)
    }
}

/// Returns whether an open payment leaves its payer enough time: five minutes, or a quarter of the time for paying if that is
/// less. A payer who comes back later gets a new one.
fn leaves_time(payment: &NewPayment, now: Timestamp) -> bool {
    let expires_at = payment.expires_at.unix_seconds();
    let whole_s = expires_at.saturating_sub(payment.created_at.unix_seconds());
    expires_at.saturating_sub(now.unix_seconds()) > (whole_s / 4).min(ENOUGH_TIME_S)
}
