//! Components that screens share.

mod chart;
mod copy;
mod payment_row;
mod title;

pub(crate) use chart::Chart;
pub(crate) use copy::CopyField;
pub(crate) use ecash_web_ui::parts::Qr;
pub(crate) use payment_row::{PaymentRow, StateTag};
pub(crate) use title::Title;
