//! The server library for shops that accept eCash.
//!
//! A shop's server creates a payment at the mint, shows its `checkout_url` to the payer, and completes the
//! order when a [webhook] reports that it is paid. `docs/merchants.md` explains each step.
//!
//! ```no_run
//! # async fn example() -> Result<(), ecash_merchant::Error> {
//! use ecash_merchant::{Merchant, Order};
//!
//! let merchant = Merchant::new("https://mint.example", &std::env::var("ECASH_KEY").unwrap_or_default())?;
//! let payment = merchant.create_payment(&Order::new(1250, "Order 1042").order_ref("1042")).await?;
//! println!("{}", payment.checkout_url);
//! # Ok(())
//! # }
//! ```
//!
//! Idempotent requests are retried after a lost response. Requests that create something carry an idempotency
//! key, so that it is created only once.

mod error;
mod http;
mod merchant;
mod order;
mod receipts;
mod webhook;

pub use ecash_core::wire::{
    EventList, MerchantEvent, MerchantPayment, MerchantResponse, PaymentState, PayoutView, RefundResponse,
};
pub use ecash_core::{Amount, Currency, PaymentId, details};
pub use error::Error;
pub use merchant::{Merchant, PaymentFilter};
pub use order::Order;
pub use receipts::payer_challenge;
pub use webhook::{WebhookError, webhook};
