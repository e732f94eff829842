//! Payouts: takings are held in the mint's account `payouts` until the operator has paid them outside the
//! mint. The treasury mirrors the money outside, so it changes only then.

use crate::service::flow::{Exclusive, Received};
use crate::service::in_flight::Resource;
use crate::service::outcome::{CreatedPayout, Outcome};
use crate::service::page::Page;
use crate::service::{Mint, ServiceError};
use ecash_core::wire::{
    CreatePayoutRequest, ErrorCode, MAX_REFERENCE_CHARS, PayoutList, PayoutState, PayoutView,
};
use ecash_core::{AccountId, PayoutId, is_short_line};
use ecash_ledger::{
    Claim, CommitError, Conflict, Draft, Event, Movement, NewPayout, OperationKind, Party, PayoutEnd,
    PayoutEnding, PayoutRecord, Record,
};
use serde_json::json;

const MAX_EXTERNAL_CHARS: usize = 200;
/// Maximum number of pending payouts of a merchant.
const MAX_OPEN: usize = 100;

/// How a payout ends, with the operator's reference or reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutDecision {
    /// The money was paid outside, with this reference.
    Settle(String),
    /// It goes back to the merchant, for this reason.
    Reject(String),
}

impl Mint {
    /// Reserves takings of a merchant for a payout.
    ///
    /// # Errors
    /// [`ErrorCode::InsufficientBalance`], [`ErrorCode::TooManyOpen`], or [`ErrorCode::MalformedRequest`].
    pub async fn request_payout(
        &self,
        received: Received,
        merchant_id: &AccountId,
        request: &CreatePayoutRequest,
    ) -> Result<PayoutView, ServiceError> {
        let resources = vec![Resource::Debited(merchant_id.clone())];
        let fresh = |exclusive| self.payout_fresh(exclusive, merchant_id, request);
        let stored = |outcome| match outcome {
            Outcome::Payout(CreatedPayout { payout_id }) => Some(payout_id),
            _ => None,
        };
        let payout_id = received.create_once(self, resources, fresh, stored).await?;
        Ok(view_of(self.payout(&payout_id).await?))
    }

    async fn payout_fresh(
        &self,
        exclusive: Exclusive,
        merchant_id: &AccountId,
        request: &CreatePayoutRequest,
    ) -> Result<PayoutId, ServiceError> {
        let malformed = |what: String| Err(ServiceError::refused_because(ErrorCode::MalformedRequest, what));
        if request.amount.is_zero() {
            return malformed("amount must be greater than 0".to_owned());
        }
        if request.reference.as_ref().is_some_and(|reference| !is_short_line(reference, MAX_REFERENCE_CHARS))
        {
            return malformed(format!(
                "reference must be one line of at most {MAX_REFERENCE_CHARS} characters"
            ));
        }
        if self.deps.ledger.payouts.open(Some(merchant_id), MAX_OPEN as u32).await?.len() >= MAX_OPEN {
            let detail = format!("{MAX_OPEN} payouts are pending: wait until the operator has ended one");
            return Err(ServiceError::refused_because(ErrorCode::TooManyOpen, detail));
        }
        let payout = NewPayout {
            payout_id: PayoutId::from_random(&self.random_id()?),
            merchant_id: merchant_id.clone(),
            amount: request.amount,
            reference: request.reference.clone(),
        };
        let mut draft =
            exclusive.draft(self, &Outcome::Payout(CreatedPayout { payout_id: payout.payout_id.clone() }))?;
        let amount = payout.amount;
        draft.debits.push(Movement { party: Party::Account(merchant_id.clone()), amount });
        draft.credits.push(Movement { party: Party::Payouts, amount });
        let payout_id = payout.payout_id.clone();
        draft.records.push(Record::NewPayout(Box::new(payout)));
        self.commit(draft).await?;
        Ok(payout_id)
    }

    /// Returns a page of a merchant's payouts, newest first.
    ///
    /// # Errors
    /// [`ErrorCode::MalformedRequest`] for a limit of 0 or above 100.
    pub async fn payouts(
        &self,
        merchant_id: &AccountId,
        before: Option<&PayoutId>,
        limit: Option<u32>,
    ) -> Result<PayoutList, ServiceError> {
        let page = Page::new(limit)?;
        let mut records = self.deps.ledger.payouts.of_merchant(merchant_id, before, page.to_read()).await?;
        let has_more = page.cut(&mut records);
        let next_before = records.last().filter(|_| has_more).map(|last| last.payout.payout_id.clone());
        Ok(PayoutList { data: records.into_iter().map(view_of).collect(), next_before })
    }

    /// Returns the pending payouts, the oldest first.
    ///
    /// # Errors
    /// The ledger's failure.
    pub async fn open_payouts(&self, limit: u32) -> Result<Vec<PayoutView>, ServiceError> {
        let open = self.deps.ledger.payouts.open(None, limit).await?;
        Ok(open.into_iter().map(view_of).collect())
    }

    /// Ends a payout for the operator. The first decision is final; a later one changes nothing. Returns the
    /// payout as it is now.
    ///
    /// # Errors
    /// [`ErrorCode::PayoutUnknown`], or [`ErrorCode::MalformedRequest`] for a text that is not one line of 1
    /// to 200 characters.
    pub async fn end_payout(
        &self,
        payout_id: &PayoutId,
        decision: PayoutDecision,
    ) -> Result<PayoutView, ServiceError> {
        let (ending, text) = match decision {
            PayoutDecision::Settle(text) => (PayoutEnding::Settled, text),
            PayoutDecision::Reject(text) => (PayoutEnding::Rejected, text),
        };
        if !is_short_line(&text, MAX_EXTERNAL_CHARS) || text.trim().is_empty() {
            let detail = format!("the reference must be one line of 1 to {MAX_EXTERNAL_CHARS} characters");
            return Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail));
        }
        let record = self.payout(payout_id).await?;
        if record.state != PayoutState::Requested {
            return Ok(view_of(record));
        }
        let draft = self.draft_payout_end(record.payout, ending, text)?;
        match self.commit(draft).await {
            // Ended by another command meanwhile.
            Ok(_) | Err(CommitError::Conflict(Conflict::Claimed { .. })) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(view_of(self.payout(payout_id).await?))
    }

    fn draft_payout_end(
        &self,
        payout: NewPayout,
        ending: PayoutEnding,
        text: String,
    ) -> Result<Draft, ServiceError> {
        let NewPayout { payout_id, merchant_id, amount, .. } = payout;
        let (name, state, party) = match ending {
            PayoutEnding::Rejected => {
                ("payout.rejected", PayoutState::Rejected, Party::Account(merchant_id.clone()))
            }
            PayoutEnding::Settled => ("payout.settled", PayoutState::Settled, Party::Treasury),
        };
        let mut draft = self.draft_of(OperationKind::PayoutEnd, &Outcome::NOTHING)?;
        draft.claims.push((Claim::payout_end(&payout_id), None));
        draft.debits.push(Movement { party: Party::Payouts, amount });
        draft.credits.push(Movement { party, amount });
        let payload = json!({
            "payout_id": payout_id, "amount": amount, "state": state, "external_reference": text,
        });
        draft.events.push(Event { merchant_id: merchant_id.clone(), kind: name, payload });
        let end = PayoutEnd { payout_id, merchant_id, amount, ending, external_reference: text };
        draft.records.push(Record::PayoutEnd(end));
        Ok(draft)
    }

    async fn payout(&self, payout_id: &PayoutId) -> Result<PayoutRecord, ServiceError> {
        let record = self.deps.ledger.payouts.payout(payout_id).await?;
        record.ok_or(ServiceError::refused(ErrorCode::PayoutUnknown))
    }
}

fn view_of(record: PayoutRecord) -> PayoutView {
    let PayoutRecord { payout, at, state, ended_at, external_reference } = record;
    let NewPayout { payout_id, merchant_id, amount, reference } = payout;
    PayoutView {
        payout_id,
        merchant_id,
        amount,
        reference,
        state,
        requested_at: at,
        ended_at,
        external_reference,
    }
}
