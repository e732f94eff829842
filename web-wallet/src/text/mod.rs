//! The texts that the page shows. They are in `text/en.ftl` and are formatted by Project Fluent, which knows the plural
//! rules of each language.

mod errors;

pub(crate) use errors::{error, insufficient_funds, receipt_fault};

use ecash_core::wire::{ErrorCode, RefundState};
use ecash_wallet::{ActivityKind, ActivityState, EndReason, Stage};
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

const ENGLISH_ID: &str = "en";
const ENGLISH: &str = include_str!("../../text/en.ftl");

thread_local! {
    static TEXTS: FluentBundle<FluentResource> = bundle(ENGLISH);
}

fn bundle(texts: &str) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new(vec![ENGLISH_ID.parse::<LanguageIdentifier>().unwrap_or_default()]);
    // Turn off bidi isolation marks: they would be part of labels that are compared and copied. The mint refuses names and descriptions
    // with characters that turn the direction of writing.
    bundle.set_use_isolating(false);
    // A test parses the file. If a message does not parse in the page, only that message is missing.
    let resource = FluentResource::try_new(texts.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let _ = bundle.add_resource(resource);
    bundle
}

/// Returns the text with this id.
pub(crate) fn t(id: &str) -> String {
    tr(id, [])
}

/// Returns the text with this id and these arguments. Returns the id itself if it is unknown, which a test rules out.
pub(crate) fn tr<const N: usize>(id: &str, parts: [(&'static str, FluentValue<'_>); N]) -> String {
    let arguments: FluentArgs<'_> = parts.into_iter().collect();
    TEXTS.with(|texts| {
        let Some(pattern) = texts.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        // A missing argument is shown as its name, which a test rules out.
        texts.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    })
}

/// Returns the text with this id and an amount, written with its currency.
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
    })
}

pub(crate) fn state(state: ActivityState) -> String {
    t(match state {
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
pub(crate) mod tests;
