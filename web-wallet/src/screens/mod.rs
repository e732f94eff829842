//! One screen per file.

mod activity_detail;
mod ask;
mod backup;
mod checkout;
mod elsewhere;
mod give;
mod guest;
mod home;
mod locked;
mod notice;
mod pay;
mod receive;
mod refund;
mod restore;
mod settings;
mod use_link;
mod welcome;
mod withdraw;

pub(crate) use activity_detail::ActivityDetail;
pub(crate) use ask::Ask;
pub(crate) use backup::BackupScreen;
pub(crate) use checkout::Checkout;
pub(crate) use elsewhere::Elsewhere;
pub(crate) use give::Give;
pub(crate) use guest::Guest;
pub(crate) use home::Home;
pub(crate) use locked::Locked;
pub(crate) use notice::Notice;
pub(crate) use pay::Pay;
pub(crate) use receive::Receive;
pub(crate) use refund::Refund;
pub(crate) use restore::Restore;
pub(crate) use settings::SettingsScreen;
pub(crate) use use_link::UseLink;
pub(crate) use welcome::Welcome;
pub(crate) use withdraw::Withdraw;
