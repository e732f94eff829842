//! Signs receipts. A receipt is signed before its operation commits, stored with the outcome, and released
//! only after the commit, so that a repeat returns the same bytes.

use super::outcome::{Outcome, stored_part};
use super::{Mint, ServiceError};
use crate::receipts::ReceiptSigner;
use ecash_core::receipt::{ReceiptBody, ReceiptKey, RefundReceiptBody, SignedReceipt};
use ecash_core::wire::{ErrorCode, MerchantView, PaymentState};
use ecash_core::{Amount, PaymentId};
use ecash_ledger::{Claim, NewPayment, NewRefund, Operation, PaymentRecord};

/// What a receipt states, except the operation that pays.
pub(super) struct UnsignedReceipt {
    pub(super) payment: NewPayment,
    pub(super) merchant: MerchantView,
    pub(super) tip: Amount,
    pub(super) refund_commitment: Option<[u8; 32]>,
}

impl Mint {
    /// Returns every key that has signed receipts, oldest first.
    #[must_use]
    pub fn receipt_keys(&self) -> Vec<ReceiptKey> {
        self.deps.receipts.as_ref().map(ReceiptSigner::keys).unwrap_or_default()
    }

    /// Signs the receipt of a payment that this operation is about to pay.
    pub(super) fn sign_receipt(
        &self,
        unsigned: UnsignedReceipt,
        operation: &Operation,
    ) -> Result<SignedReceipt, ServiceError> {
        let signer = self.deps.receipts.as_ref();
        let signer = signer.ok_or_else(|| ServiceError::internal(NoReceiptKey))?;
        let UnsignedReceipt { payment, merchant, tip, refund_commitment } = unsigned;
        let (ecash_receipt, kind) = ReceiptBody::version_and_kind();
        let body = ReceiptBody {
            ecash_receipt,
            kind,
            mint: self.deps.public_origin.clone(),
            institution_id: self.identity().institution_id.clone(),
            currency: self.identity().currency.clone(),
            payment_id: payment.payment_id,
            transaction_id: operation.id.transaction_id().map_err(ServiceError::internal)?,
            merchant_id: merchant.merchant_id,
            merchant_name: merchant.name,
            merchant_origin: merchant.origin,
            amount: payment.amount,
            tip,
            total: payment.amount.plus(tip).map_err(ServiceError::internal)?,
            description: payment.description,
            details_hash: payment.details_hash.map(|hash| hash.as_slice().into()),
            refund_commitment: refund_commitment.map(|commitment| commitment.as_slice().into()),
            paid_at: operation.at.rounded_to_minute(),
            receipt_key: signer.id(),
        };
        // Without a receipt nothing is committed; the tokens stay unspent.
        let at = body.paid_at;
        signer.sign(&body, at).map_err(ServiceError::Unavailable)
    }

    /// Signs the receipt of a refund that this operation is about to create.
    pub(super) fn sign_refund(
        &self,
        refund: &NewRefund,
        paid: &PaymentRecord,
        merchant_name: String,
        operation: &Operation,
    ) -> Result<SignedReceipt, ServiceError> {
        let signer = self.deps.receipts.as_ref();
        let signer = signer.ok_or_else(|| ServiceError::internal(NoReceiptKey))?;
        let (ecash_receipt, kind) = RefundReceiptBody::version_and_kind();
        let commitment = paid.refund_commitment.as_ref();
        let commitment = commitment.ok_or(ServiceError::refused(ErrorCode::RefundImpossible))?;
        let refunded_at = operation.at.rounded_to_minute();
        let body = RefundReceiptBody {
            ecash_receipt,
            kind,
            mint: self.deps.public_origin.clone(),
            institution_id: self.identity().institution_id.clone(),
            currency: self.identity().currency.clone(),
            payment_id: refund.payment_id.clone(),
            merchant_id: refund.merchant_id.clone(),
            merchant_name,
            description: paid.payment.description.clone(),
            refund_id: refund.refund_id.clone(),
            refund_number: refund.number,
            refund_amount: refund.amount,
            reason: refund.reason.clone(),
            refund_commitment: commitment.as_slice().into(),
            refunded_at,
            claim_until: refund.claim_until,
            receipt_key: signer.id(),
        };
        signer.sign(&body, refunded_at).map_err(ServiceError::Unavailable)
    }

    /// Returns the receipt of a payment's refund with this number.
    ///
    /// # Errors
    /// [`ErrorCode::PaymentUnknown`] if there is no such payment or refund.
    pub async fn refund_receipt(
        &self,
        payment_id: &PaymentId,
        number: u8,
    ) -> Result<SignedReceipt, ServiceError> {
        let made_by = self.deps.ledger.postings.claim_owner(&Claim::refund(payment_id, number)).await?;
        let made_by = made_by.ok_or(ServiceError::refused(ErrorCode::PaymentUnknown))?;
        let receipt = stored_part(made_by, |outcome| match outcome {
            Outcome::Refund(created) => Some(created.receipt),
            _ => None,
        })?;
        receipt.ok_or_else(|| {
            let detail = "the refund was created before this mint signed receipts of refunds";
            ServiceError::refused_because(ErrorCode::PaymentUnknown, detail)
        })
    }

    /// Returns the receipt of a paid payment.
    ///
    /// # Errors
    /// [`ErrorCode::PaymentUnknown`], and [`ErrorCode::PaymentNotPaid`] unless it was paid.
    pub async fn receipt(&self, payment_id: &PaymentId) -> Result<SignedReceipt, ServiceError> {
        let record = self.payment(payment_id).await?;
        if record.state != PaymentState::Paid {
            return Err(ServiceError::refused(ErrorCode::PaymentNotPaid));
        }
        // The redemption that paid owns the payment's claim.
        let paid_by = self.deps.ledger.postings.claim_owner(&Claim::payment(payment_id)).await?;
        let receipt_of = |outcome| match outcome {
            Outcome::Redeem(redemption) => Some(redemption.receipt),
            _ => None,
        };
        let receipt = paid_by.map(|record| stored_part(record, receipt_of)).transpose()?.flatten();
        receipt.ok_or_else(|| {
            let detail = "the payment was paid before this mint signed receipts";
            ServiceError::refused_because(ErrorCode::PaymentNotPaid, detail)
        })
    }
}

/// A process without a receipt key cannot sign. Only operator commands lack the key, and they redeem nothing.
#[derive(Debug, thiserror::Error)]
#[error("this process has no key that signs receipts")]
struct NoReceiptKey;
