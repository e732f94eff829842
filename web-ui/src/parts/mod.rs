//! Components.
#![allow(
    missing_docs,
    reason = "#[component] makes undocumented items; the head of each file describes its component"
)]

mod alert;
mod amount_field;
mod facts;
mod icon;
mod qr;

pub use alert::Alert;
pub use amount_field::AmountField;
pub use facts::Facts;
pub use icon::Icon;
pub use qr::Qr;
