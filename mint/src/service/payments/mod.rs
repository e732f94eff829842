//! Payments that merchants ask for.
//!
//! ```text
//! create ─▶ open ─┬─ a redemption names it ─▶ paid
//!                 ├─ its merchant cancels ──▶ cancelled
//!                 └─ expires_at + 60 s ─────▶ expired
//! ```
//!
//! A paid payment may be refunded, in parts too; each refund is claimed by its payer, or returned to the merchant.
//!
//! Each arrow out of `open` is one posting that takes the payment's claim, so that exactly one happens.

mod claim;
mod create;
mod end;
mod order;
mod pay;
mod play;
mod receipt;
mod refund;
mod view;

pub use end::expire_payments_forever;
pub use order::{DEFAULT_EXPIRY_S, PaymentOrder};
pub(super) use pay::{DuePayment, Paid};
pub(super) use receipt::UnsignedReceipt;
pub use view::PaymentQuery;
pub(super) use view::merchant_view;

use super::outcome::Outcome;
use super::{Mint, ServiceError};
use ecash_core::wire::PaymentState;
use ecash_core::{AccountId, PaymentId};
use ecash_ledger::{Draft, Event, Operation, OperationKind};
use serde_json::json;

/// Returns how an operation of this kind ends a payment whose claim it owns. A new payment of an order cancels the old one.
pub(super) const fn ended_by(kind: OperationKind) -> PaymentState {
    match kind {
        OperationKind::PaymentCancel | OperationKind::Payment => PaymentState::Cancelled,
        OperationKind::PaymentExpire => PaymentState::Expired,
        _ => PaymentState::Paid,
    }
}

/// Returns an event of a payment.
fn event(kind: &'static str, merchant_id: &AccountId, payment_id: &PaymentId) -> Event {
    Event { merchant_id: merchant_id.clone(), kind, payload: json!({ "payment_id": payment_id }) }
}

impl Mint {
    /// Begins the posting of an operation that no client's request names.
    pub(in crate::service) fn draft_of(
        &self,
        kind: OperationKind,
        outcome: &Outcome,
    ) -> Result<Draft, ServiceError> {
        let operation = Operation { id: self.operation_id()?, kind, request_digest: None, at: self.now() };
        let outcome = outcome.to_json(&operation)?;
        Ok(Draft::new(operation, outcome))
    }
}
