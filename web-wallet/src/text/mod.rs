//! The texts of the wallet, from `text/en.ftl` and its translations.

mod errors;

pub(crate) use ecash_web_ui::text::{t, tr};
pub(crate) use errors::{error, insufficient_funds, receipt_fault};

use ecash_core::wire::{ErrorCode, RefundState};
use ecash_wallet::{Activity, ActivityKind, ActivityState, EndReason, Stage};

/// The English texts, which are compiled in.
pub(crate) const ENGLISH: &str = include_str!("../../text/en.ftl");

/// Returns the text `id` with the variable `amount`. `money` includes the currency.
pub(crate) fn with_amount(id: &str, money: &str) -> String {
    tr(id, [("amount", money.into())])
}

pub(crate) fn kind(kind: ActivityKind) -> String {
    t(match kind {
        ActivityKind::Withdraw => "kind-withdraw",
        ActivityKind::Pay => "kind-pay",
        ActivityKind::Receive => "kind-receive",
        ActivityKind::Change => "kind-change",
        ActivityKind::Refresh => "kind-refresh",
        ActivityKind::Restore => "kind-restore",
        ActivityKind::Refund => "kind-refund",
        ActivityKind::Give => "kind-give",
        ActivityKind::TakeBack => "kind-take-back",
    })
}

pub(crate) fn state_of(activity: &Activity) -> String {
    t(match activity.state {
        ActivityState::Pending if activity.kind == ActivityKind::Give => "state-given",
        ActivityState::Pending => "state-pending",
        ActivityState::Done => "state-done",
        ActivityState::Cancelled => "state-cancelled",
        ActivityState::Failed => "state-failed",
        ActivityState::Disputed => "state-disputed",
    })
}

pub(crate) fn refund_state(state: RefundState) -> String {
    t(match state {
        RefundState::Open => "refund-open",
        RefundState::Claimed => "refund-claimed",
        RefundState::Returned => "refund-returned",
    })
}

pub(crate) fn stage(stage: Stage) -> String {
    t(match stage {
        Stage::CheckingKeys => "stage-checking-keys",
        Stage::Preparing => "stage-preparing",
        Stage::Waiting => "stage-waiting",
        Stage::Finishing => "stage-finishing",
        Stage::Searching => "stage-searching",
    })
}

pub(crate) fn end_reason(reason: EndReason) -> String {
    match reason {
        EndReason::Refused(ErrorCode::Cancelled) => t("state-cancelled"),
        EndReason::Refused(code) => errors::refused(code),
        EndReason::SignedElsewhere => t("reason-signed-elsewhere"),
    }
}

#[cfg(test)]
mod tests;
