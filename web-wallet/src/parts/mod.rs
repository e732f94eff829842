//! Components that screens share.

mod action_alert;
mod amount_form;
mod coins;
mod confirm_payment;
mod gift_text;
mod not_connected;
mod order_details;
mod payer_proof;
mod payment_receipt;
mod payment_refunds;
mod progress_line;
mod refund_list;
mod result_card;
mod screen_title;
mod waiting_cash;
mod waiting_payment;
mod word_list;

pub(crate) use action_alert::ActionAlert;
pub(crate) use amount_form::{AmountForm, TypedAmount};
pub(crate) use coins::Coins;
pub(crate) use confirm_payment::{Asker, ConfirmPayment};
pub(crate) use ecash_web_ui::parts::AmountField;
pub(crate) use ecash_web_ui::parts::{Alert, Facts, Icon, Qr};
pub(crate) use gift_text::GiftText;
pub(crate) use not_connected::NotConnected;
pub(crate) use order_details::OrderDetails;
pub(crate) use payer_proof::PayerProof;
pub(crate) use payment_receipt::PaymentReceipt;
pub(crate) use payment_refunds::PaymentRefunds;
pub(crate) use progress_line::ProgressLine;
pub(crate) use refund_list::RefundList;
pub(crate) use result_card::ResultCard;
pub(crate) use screen_title::ScreenTitle;
pub(crate) use waiting_cash::WaitingCash;
pub(crate) use waiting_payment::WaitingPayment;
pub(crate) use word_list::WordList;
