//! Pays and ends payments without a wallet, for developers of shops, at mints of play money only. The
//! postings and events are real.

use crate::service::outcome::{Outcome, Redemption};
use crate::service::{Mint, ServiceError};
use ecash_core::wire::{ErrorCode, PaymentState, PlayPayRequest, RedeemRequest};
use ecash_core::{AccountId, PaymentId};
use ecash_ledger::{Draft, Movement, OperationKind, Party, PaymentEnd, PaymentRecord};

impl Mint {
    /// Pays an open payment with play money from outside the mint.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where money is real, [`ErrorCode::PaymentUnknown`], or the errors of a
    /// redemption.
    pub async fn play_pay(
        &self,
        merchant_id: &AccountId,
        payment_id: &PaymentId,
        request: PlayPayRequest,
    ) -> Result<(), ServiceError> {
        let amount = self.own_play_payment(merchant_id, payment_id).await?.payment.amount;
        let PlayPayRequest { tip, refund_commitment } = request;
        let sum = amount.plus(tip).map_err(|_| ServiceError::refused(ErrorCode::PaymentAmountMismatch))?;
        let redemption = RedeemRequest {
            tokens: Vec::new(),
            merchant_id: Some(merchant_id.clone()),
            account_id: None,
            payment_id: None,
            tip: Some(tip),
            refund_commitment,
        };
        let paid = self.due_payment(payment_id.as_str(), &redemption).await?.paid_with(sum)?;
        let operation = self.new_operation(OperationKind::Redeem, None)?;
        let receipt = paid.receipt.map(|unsigned| self.sign_receipt(*unsigned, &operation)).transpose()?;
        let outcome =
            Outcome::Redeem(Redemption { redeemed_amount: sum, return_url: paid.return_url, receipt });
        let outcome = outcome.to_json(&operation)?;
        let mut draft = Draft::new(operation, outcome);
        draft.claims = paid.claims.into_iter().map(|claim| (claim, None)).collect();
        draft.records = paid.records;
        draft.events = paid.events;
        draft.debits = vec![Movement { party: Party::Treasury, amount: sum }];
        draft.credits = vec![Movement { party: Party::Account(merchant_id.clone()), amount: sum }];
        self.commit(draft).await?;
        Ok(())
    }

    /// Returns a payment of this merchant, at a mint of play money.
    async fn own_play_payment(
        &self,
        merchant_id: &AccountId,
        payment_id: &PaymentId,
    ) -> Result<PaymentRecord, ServiceError> {
        if !self.identity().currency.is_demo() {
            return Err(ServiceError::refused(ErrorCode::NotFound));
        }
        self.own_payment(merchant_id, payment_id).await
    }

    /// Lets an open payment expire now. A payment that has ended is not changed.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where money is real, and [`ErrorCode::PaymentUnknown`].
    pub async fn play_expire(
        &self,
        merchant_id: &AccountId,
        payment_id: &PaymentId,
    ) -> Result<(), ServiceError> {
        let record = self.own_play_payment(merchant_id, payment_id).await?;
        if record.state == PaymentState::Open {
            self.end_payment(&record.payment, PaymentEnd::Expired).await?;
        }
        Ok(())
    }
}
