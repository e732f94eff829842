//! The output of commands: texts for users, one JSON object per line for programs.

use crate::failure::Failure;
use ecash_core::{Amount, Currency};
use ecash_environment::say;
use ecash_wallet::{Activity, ActivityKind, ActivityState};
use qrcode::{EcLevel, QrCode, render::unicode};
use serde_json::{Value, json};

/// Prints `value` if `as_json`, otherwise `text`.
pub(crate) fn print(as_json: bool, value: &Value, text: &str) -> Result<(), Failure> {
    if as_json {
        say!("{value}")?;
    } else {
        say!("{text}")?;
    }
    Ok(())
}

/// Returns an amount as JSON: minor units, with the currency and its exponent.
pub(crate) fn amount(amount: Amount, currency: &Currency) -> Value {
    json!({ "minor": amount.minor(), "currency": currency.code, "exponent": currency.exponent })
}

pub(crate) const fn kind(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Withdraw => "withdrawn",
        ActivityKind::Pay => "paid",
        ActivityKind::Receive => "received",
        ActivityKind::Change => "change",
        ActivityKind::Refresh => "renewed",
        ActivityKind::Restore => "restored",
        ActivityKind::Refund => "refund",
        ActivityKind::Give => "sent",
        ActivityKind::TakeBack => "taken back",
    }
}

pub(crate) fn state(activity: &Activity) -> &'static str {
    match activity.state {
        ActivityState::Pending if activity.kind == ActivityKind::Give => "not taken yet",
        ActivityState::Pending => "waiting for the mint",
        ActivityState::Done => "done",
        ActivityState::Cancelled => "cancelled",
        ActivityState::Failed => "failed",
        ActivityState::Disputed => "disputed",
    }
}

/// Renders a text as a QR code for a terminal. Returns `None` if it is too long.
pub(crate) fn qr(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    Some(code.render::<unicode::Dense1x2>().build())
}
