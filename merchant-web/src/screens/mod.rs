//! One screen per file.

mod developers;
mod endpoints;
mod links;
mod money;
mod payment;
mod payments;
mod refund;
mod sign_in;
mod till;
mod today;

pub(crate) use developers::Developers;
pub(crate) use money::Money;
pub(crate) use payment::Payment;
pub(crate) use payments::Payments;
pub(crate) use sign_in::SignIn;
pub(crate) use till::Till;
pub(crate) use today::Today;
