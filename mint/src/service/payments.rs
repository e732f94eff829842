//! Payments that merchants ask for: creating, reading, cancelling and expiring them.
//!
//! ```text
//! create ─▶ open ─┬─ a redemption names it ─▶ paid
//!                 ├─ its merchant cancels ──▶ cancelled
//!                 └─ expires_at + 60 s ─────▶ expired
//! ```
//!
//! Each arrow out of `open` is one posting that takes the payment's claim, so that exactly one happens.

use super::outcome::Outcome;
use super::{Mint, ServiceError};
use ecash_core::denominations::{payable_around, split};
use ecash_core::keys::{Keyset, Phase};
use ecash_core::wire::{ErrorCode, MAX_ITEMS, MerchantView, PaymentState, PaymentView};
use ecash_core::{AccountId, Amount, PaymentId, Timestamp};
use ecash_environment::error_chain;
use ecash_ledger::{
    AccountRole, Claim, CommitError, Conflict, Draft, Event, NewPayment, Operation, OperationKind,
    PaymentEnd, PaymentRecord, Record, Settlement,
};
use serde_json::json;
use std::sync::Weak;
use std::time::Duration;

/// How long a payment can be paid unless its merchant says otherwise, in seconds.
pub const DEFAULT_EXPIRY_S: u64 = 3600;
/// The longest time for paying, in seconds: 30 days.
const MAX_EXPIRY_S: u64 = 30 * 86_400;
/// The shortest time for paying, in seconds; of play money, so that an expiry can be tried out.
const MIN_EXPIRY_S: u64 = 60;
const MIN_DEMO_EXPIRY_S: u64 = 5;
/// How long after `expires_at` the expiry is recorded. Longer than a request takes, so that a redemption that was checked
/// in time has committed by then.
const EXPIRY_GRACE_S: u64 = 60;
/// Open payments of one merchant.
const MAX_OPEN: u64 = 10_000;
const MAX_DESCRIPTION_CHARS: usize = 200;
const MAX_ORDER_REF_CHARS: usize = 64;
const MAX_DETAILS_BOX_LEN: usize = 4096;
const MAX_METADATA_LEN: usize = 4096;
const MAX_RETURN_URL_CHARS: usize = 2048;
/// How often expired payments are looked for, and how many are ended at once.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);
const SWEEP_BATCH: u32 = 100;

/// What a merchant asks for.
#[derive(Debug, Clone)]
pub struct PaymentOrder {
    /// The merchant that is paid.
    pub merchant_id: AccountId,
    /// The amount, which must be payable in the mint's denominations.
    pub amount: Amount,
    /// The highest tip; zero for none.
    pub tip_max: Amount,
    /// One line for the payer.
    pub description: String,
    /// The merchant's name of the order; at most one payment of it is paid.
    pub order_ref: Option<String>,
    /// Allows several payments of one order.
    pub is_split: bool,
    /// Encrypted details.
    pub details_box: Option<Vec<u8>>,
    /// Commitment to the details.
    pub details_hash: Option<[u8; 32]>,
    /// The merchant's own data.
    pub metadata: Option<serde_json::Value>,
    /// The page of the shop to go to after the payment.
    pub return_url: Option<String>,
    /// The time for paying, in seconds.
    pub expires_in_s: u64,
}

impl Mint {
    /// Creates an open payment.
    ///
    /// # Errors
    /// [`ErrorCode::AmountNotPayable`] if no wallet could pay the amount exactly, [`ErrorCode::UnknownMerchant`],
    /// [`ErrorCode::TooManyOpen`], or [`ErrorCode::MalformedRequest`] for a field out of its limits.
    pub async fn create_payment(&self, order: PaymentOrder) -> Result<PaymentRecord, ServiceError> {
        check_fields(&order, self.identity().currency.is_demo())?;
        let created_at = self.now();
        let expires_at = created_at.plus_seconds(order.expires_in_s);
        self.check_payable(order.amount, created_at, expires_at)?;
        match self.deps.ledger.accounts.account(&order.merchant_id).await? {
            Some(account) if account.role == AccountRole::Merchant => {}
            _ => return Err(ServiceError::refused(ErrorCode::UnknownMerchant)),
        }
        if self.deps.ledger.payments.open_count(&order.merchant_id).await? >= MAX_OPEN {
            return Err(ServiceError::refused(ErrorCode::TooManyOpen));
        }
        let mut id = [0; 16];
        self.deps.entropy.fill(&mut id).map_err(ServiceError::unavailable)?;
        let payment = NewPayment {
            payment_id: PaymentId::from_random(&id),
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
        };
        let mut draft = self.payment_draft(OperationKind::Payment)?;
        draft.records.push(Record::NewPayment(Box::new(payment.clone())));
        self.commit(draft).await?;
        Ok(PaymentRecord { payment, state: PaymentState::Open, tip: Amount::ZERO, refund_commitment: None })
    }

    /// Cancels an open payment of a merchant. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`ErrorCode::PaymentUnknown`], also for another merchant's payment; [`ErrorCode::PaymentPaid`] and
    /// [`ErrorCode::PaymentExpired`] if it has ended otherwise.
    pub async fn cancel_payment(
        &self,
        merchant_id: &AccountId,
        payment_id: &PaymentId,
    ) -> Result<PaymentRecord, ServiceError> {
        let record = self.deps.ledger.payments.payment(payment_id).await?;
        let record = record.filter(|record| record.payment.merchant_id == *merchant_id);
        let record = record.ok_or(ServiceError::refused(ErrorCode::PaymentUnknown))?;
        let ended = match record.state {
            PaymentState::Open => self.end_payment(&record.payment, PaymentEnd::Cancelled).await?,
            ended => ended,
        };
        match ended {
            PaymentState::Paid => Err(ServiceError::refused(ErrorCode::PaymentPaid)),
            PaymentState::Expired => Err(ServiceError::refused(ErrorCode::PaymentExpired)),
            state => Ok(PaymentRecord { state, ..record }),
        }
    }

    /// Returns a payment. One whose time and grace are over is ended first, so that the answer is final.
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
        match self.end_payment(&record.payment, PaymentEnd::Expired).await? {
            PaymentState::Expired => Ok(PaymentRecord { state: PaymentState::Expired, ..record }),
            // It ended otherwise meanwhile: read tip and commitment too.
            _ => {
                let record = self.deps.ledger.payments.payment(payment_id).await?;
                record.ok_or(ServiceError::refused(ErrorCode::PaymentUnknown))
            }
        }
    }

    /// Returns the public view of a payment.
    pub(crate) fn view_of(&self, record: PaymentRecord) -> PaymentView {
        let PaymentRecord { payment, state, .. } = record;
        PaymentView {
            payment_id: payment.payment_id,
            state,
            // Counts the events of the payment: its creation and its end.
            version: if state == PaymentState::Open { 1 } else { 2 },
            amount: payment.amount,
            tip_max: payment.tip_max,
            currency: self.identity().currency.clone(),
            description: payment.description,
            details_box: payment.details_box.map(Into::into),
            details_hash: payment.details_hash.map(|hash| hash.as_slice().into()),
            merchant: MerchantView { merchant_id: payment.merchant_id },
            expires_at: payment.expires_at,
            demo: self.identity().currency.is_demo(),
            server_time: self.now(),
        }
    }

    /// Ends the payments whose time and grace are over. Returns how many.
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

    /// Takes an open payment's claim. Returns how the payment ended, which may be otherwise if it ended meanwhile.
    async fn end_payment(&self, payment: &NewPayment, end: PaymentEnd) -> Result<PaymentState, ServiceError> {
        let (kind, event) = match end {
            PaymentEnd::Cancelled => (OperationKind::PaymentCancel, "payment.cancelled"),
            PaymentEnd::Expired | PaymentEnd::Paid { .. } => {
                (OperationKind::PaymentExpire, "payment.expired")
            }
        };
        let state = end.state();
        let payment_id = payment.payment_id.clone();
        let mut draft = self.payment_draft(kind)?;
        draft.claims.push((Claim::payment(&payment_id), None));
        let payload = json!({ "payment_id": payment_id, "merchant_id": payment.merchant_id });
        draft.events.push(Event { kind: event, payload });
        draft.records.push(Record::Settlement(Settlement { payment_id, end }));
        match self.commit(draft).await {
            Ok(_) => Ok(state),
            Err(CommitError::Conflict(Conflict::Claimed { owner, .. })) => Ok(match owner.kind {
                OperationKind::PaymentCancel => PaymentState::Cancelled,
                OperationKind::PaymentExpire => PaymentState::Expired,
                _ => PaymentState::Paid,
            }),
            Err(error) => Err(error.into()),
        }
    }

    fn payment_draft(&self, kind: OperationKind) -> Result<Draft, ServiceError> {
        let operation = Operation { id: self.operation_id()?, kind, request_digest: None, at: self.now() };
        let outcome = Outcome::Other.to_json(&operation)?;
        Ok(Draft::new(operation, outcome))
    }

    /// Refuses an amount that a wallet could not pay exactly with tokens of a keyset that issues before the payment expires.
    fn check_payable(
        &self,
        amount: Amount,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), ServiceError> {
        let keyring = self.keyring();
        let issues = |keyset: &&Keyset| {
            keyset.dates.phase(created_at) <= Phase::Issuing && keyset.dates.valid_from < expires_at
        };
        for keyset in keyring.keysets().iter().map(|stored| &stored.keyset).filter(issues) {
            let denominations: Vec<_> = keyset.keys.iter().map(|key| key.denomination).collect();
            if split(amount, &denominations, MAX_ITEMS).is_none() {
                let (below, above) = payable_around(amount, &denominations, MAX_ITEMS);
                let next: Vec<_> =
                    [below, above].into_iter().flatten().map(|amount| self.money(amount)).collect();
                let next = next.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
                let detail = format!("payable amounts next to it: {next}");
                return Err(ServiceError::refused_because(ErrorCode::AmountNotPayable, detail));
            }
        }
        Ok(())
    }
}

/// Checks the limits of each field.
fn check_fields(order: &PaymentOrder, is_demo: bool) -> Result<(), ServiceError> {
    let malformed = |what: &str| Err(ServiceError::refused_because(ErrorCode::MalformedRequest, what));
    let is_line = |text: &str, max: usize| text.chars().count() <= max && !text.chars().any(char::is_control);
    if order.amount.is_zero() {
        return malformed("amount is above 0");
    }
    if !is_line(&order.description, MAX_DESCRIPTION_CHARS) {
        return malformed("description is one line of at most 200 characters");
    }
    let has_ref = |order_ref: &String| is_line(order_ref, MAX_ORDER_REF_CHARS) && !order_ref.is_empty();
    if !order.order_ref.as_ref().is_none_or(has_ref) {
        return malformed("order_ref has 1 to 64 printable characters");
    }
    if order.details_box.as_ref().is_some_and(|sealed| sealed.len() > MAX_DETAILS_BOX_LEN) {
        return malformed("details_box has at most 4096 bytes");
    }
    if order.metadata.as_ref().is_some_and(|metadata| metadata.to_string().len() > MAX_METADATA_LEN) {
        return malformed("metadata has at most 4096 bytes");
    }
    if order.return_url.as_ref().is_some_and(|url| !is_line(url, MAX_RETURN_URL_CHARS)) {
        return malformed("return_url has at most 2048 characters");
    }
    let min = if is_demo { MIN_DEMO_EXPIRY_S } else { MIN_EXPIRY_S };
    if !(min..=MAX_EXPIRY_S).contains(&order.expires_in_s) {
        return malformed("expires_in is 60 seconds to 30 days");
    }
    Ok(())
}

/// Ends expired payments until the mint is dropped. Several mints may run it on one ledger.
pub async fn expire_payments_forever(mint: Weak<Mint>) {
    let mut failing = false;
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Some(mint) = mint.upgrade() else { return };
        match mint.expire_payments().await {
            Ok(_) => failing = false,
            // Logged once; the payments are refused meanwhile.
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    let error = error_chain(&error);
                    tracing::warn!(error, "recording expired payments failed; retrying every 5 s");
                }
            }
        }
    }
}
