//! Checks a redemption against the payment that it names.

use super::event;
use super::view::merchant_view;
use crate::service::receipts::UnsignedReceipt;
use crate::service::{Mint, ServiceError};
use ecash_core::wire::{ErrorCode, MerchantView, PaymentState, RedeemRequest};
use ecash_core::{AccountId, Amount, PaymentId};
use ecash_ledger::{Claim, Event, NewPayment, PaymentEnd, PaymentRecord, Record, Settlement};

/// A payment that can be paid now, with the payer's tip and refund commitment.
pub(in crate::service) struct DuePayment {
    payment: NewPayment,
    merchant: MerchantView,
    tip: Amount,
    refund_commitment: Option<[u8; 32]>,
}

/// What a paying redemption writes beside its movements.
#[derive(Default)]
pub(in crate::service) struct Paid {
    pub(in crate::service) claims: Vec<Claim>,
    pub(in crate::service) records: Vec<Record>,
    pub(in crate::service) events: Vec<Event>,
    pub(in crate::service) return_url: Option<String>,
    pub(in crate::service) receipt: Option<Box<UnsignedReceipt>>,
}

impl Mint {
    /// Returns the payment that a redemption names, if it can be paid now.
    pub(in crate::service) async fn due_payment(
        &self,
        payment_id: &str,
        request: &RedeemRequest,
    ) -> Result<DuePayment, ServiceError> {
        let unknown = || ServiceError::refused(ErrorCode::PaymentUnknown);
        let payment_id = PaymentId::new(payment_id).map_err(|_| unknown())?;
        let PaymentRecord { payment, state, .. } =
            self.deps.ledger.payments.payment(&payment_id).await?.ok_or_else(unknown)?;
        if request.merchant_id.as_ref().is_some_and(|merchant_id| *merchant_id != payment.merchant_id) {
            return Err(ServiceError::refused(ErrorCode::PaymentWrongMerchant));
        }
        let code = match state {
            // Reject from `expires_at` on. The expiry itself is recorded 60 s later, because a redemption
            // that was checked in time may still be committing.
            PaymentState::Open if self.now() >= payment.expires_at => Some(ErrorCode::PaymentExpired),
            PaymentState::Open => None,
            PaymentState::Paid => Some(ErrorCode::PaymentPaid),
            PaymentState::Cancelled => Some(ErrorCode::PaymentCancelled),
            PaymentState::Expired => Some(ErrorCode::PaymentExpired),
        };
        if let Some(code) = code {
            return Err(ServiceError::refused(code));
        }
        let tip = request.tip.unwrap_or(Amount::ZERO);
        if tip > payment.tip_max {
            return Err(ServiceError::refused(ErrorCode::PaymentAmountMismatch));
        }
        let commitment =
            request.refund_commitment.as_ref().map(|bytes| bytes.as_bytes().try_into()).transpose();
        let refund_commitment = commitment.map_err(|_| {
            ServiceError::refused_because(ErrorCode::MalformedRequest, "refund_commitment must have 32 bytes")
        })?;
        let merchant = self.merchant(&payment.merchant_id).await?;
        let merchant = merchant_view(merchant, payment.return_url.as_deref());
        Ok(DuePayment { payment, merchant, tip, refund_commitment })
    }
}

impl DuePayment {
    pub(in crate::service) const fn merchant_id(&self) -> &AccountId {
        &self.payment.merchant_id
    }

    /// Pays with tokens of this value, which must equal amount plus tip.
    pub(in crate::service) fn paid_with(self, sum: Amount) -> Result<Paid, ServiceError> {
        let Self { payment, merchant, tip, refund_commitment } = self;
        if payment.amount.plus(tip) != Ok(sum) {
            return Err(ServiceError::refused(ErrorCode::PaymentAmountMismatch));
        }
        let events = vec![event("payment.paid", &payment.merchant_id, &payment.payment_id)];
        let receipt = UnsignedReceipt { payment: payment.clone(), merchant, tip, refund_commitment };
        let NewPayment { payment_id, merchant_id, amount, order_ref, is_split, return_url, .. } = payment;
        let mut claims = vec![Claim::payment(&payment_id)];
        claims.extend(Claim::of_order(&merchant_id, order_ref.as_deref(), is_split));
        let end = PaymentEnd::Paid { merchant_id, amount, tip, refund_commitment };
        Ok(Paid {
            claims,
            records: vec![Record::Settlement(Settlement { payment_id, end })],
            events,
            return_url,
            receipt: Some(Box::new(receipt)),
        })
    }
}
