//! Payments that merchants request.
//!
//! ```text
//! create ─▶ open ─┬─ a redemption names it ─▶ paid
//!                 ├─ its merchant cancels ──▶ cancelled
//!                 └─ expires_at + 60 s ─────▶ expired
//! ```
//!
//! A paid payment may be refunded, also in parts. Each refund is claimed by its payer, or returned to the
//! merchant.
//!
//! Each arrow out of `open` is one posting that takes the payment's claim, so that exactly one happens.

mod claim;
mod create;
mod end;
mod order;
mod pay;
mod play;
mod refund;
mod view;

pub use end::expire_payments_forever;
pub use order::{DEFAULT_EXPIRY_S, PaymentOrder};
pub(super) use pay::{DuePayment, Paid};
pub use view::PaymentQuery;
pub(super) use view::merchant_view;

use ecash_core::{AccountId, PaymentId};
use ecash_ledger::Event;
use serde_json::json;

/// Returns an event of a payment.
fn event(kind: &'static str, merchant_id: &AccountId, payment_id: &PaymentId) -> Event {
    Event { merchant_id: merchant_id.clone(), kind, payload: json!({ "payment_id": payment_id }) }
}
