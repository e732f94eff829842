//! The texts of the merchant page, from `text/en.ftl`.

use crate::api::Fault;
use ecash_core::wire::{
    DeliveryState, EndpointState, ErrorCode, PaymentState, PayoutState, RefundState, StatementKind,
};
pub(crate) use ecash_web_ui::text::{t, tr};

/// The English texts.
pub(crate) const ENGLISH: &str = include_str!("../text/en.ftl");

/// Returns the text `id` with the variable `amount`. `money` includes the currency.
pub(crate) fn with_amount(id: &str, money: &str) -> String {
    tr(id, [("amount", money.into())])
}

/// Returns the text for a fault of a request with an idempotency key. After a lost response, the text asks
/// the person to retry, which is safe.
pub(crate) fn fault_of_one_attempt(why: &Fault) -> String {
    match why {
        Fault::Refused(problem) if problem.code == ErrorCode::IdempotencyKeyReused => {
            t("error-earlier-attempt")
        }
        _ if why.is_decided() => fault(why),
        Fault::Refused(problem) if problem.code == ErrorCode::RateLimited => fault(why),
        _ => t("error-repeat"),
    }
}

/// Returns the text of a fault: what happened, and what to do.
pub(crate) fn fault(fault: &Fault) -> String {
    let problem = match fault {
        Fault::Unreachable => return t("error-unreachable"),
        Fault::NotUnderstood => return t("error-not-understood"),
        Fault::Refused(problem) => problem,
    };
    let id = match problem.code {
        ErrorCode::Unauthorized => "error-unauthorized",
        ErrorCode::WrongMode => "error-wrong-mode",
        ErrorCode::InsufficientScope => "error-scope",
        ErrorCode::InsufficientBalance => "error-balance",
        ErrorCode::PaymentPaid => "error-paid",
        ErrorCode::RefundImpossible => "error-refund-impossible",
        ErrorCode::RefundTooLarge => "error-refund-too-large",
        ErrorCode::RateLimited => "error-rate-limited",
        ErrorCode::Unavailable | ErrorCode::Overloaded => "error-unavailable",
        ErrorCode::AmountNotPayable => {
            return tr("error-not-payable", [("detail", problem.detail.clone().unwrap_or_default().into())]);
        }
        // The mint's detail explains what is wrong with this request.
        code => {
            let detail = problem.detail.clone().unwrap_or_else(|| problem.title.clone());
            return tr("error-refused", [("detail", detail.into()), ("code", code.as_str().into())]);
        }
    };
    t(id)
}

pub(crate) fn payment_state(state: PaymentState) -> String {
    t(match state {
        PaymentState::Open => "state-open",
        PaymentState::Paid => "state-paid",
        PaymentState::Cancelled => "state-cancelled",
        PaymentState::Expired => "state-expired",
    })
}

pub(crate) fn refund_state(state: RefundState) -> String {
    t(match state {
        RefundState::Open => "refund-open",
        RefundState::Claimed => "refund-claimed",
        RefundState::Returned => "refund-returned",
    })
}

pub(crate) fn payout_state(state: PayoutState) -> String {
    t(match state {
        PayoutState::Requested => "payout-requested",
        PayoutState::Settled => "payout-settled",
        PayoutState::Rejected => "payout-rejected",
    })
}

pub(crate) fn endpoint_state(state: EndpointState) -> String {
    t(match state {
        EndpointState::Enabled => "endpoint-enabled",
        EndpointState::Paused => "endpoint-paused",
        EndpointState::Disabled => "endpoint-disabled",
    })
}

pub(crate) fn delivery_state(state: DeliveryState) -> String {
    t(match state {
        DeliveryState::Pending => "delivery-pending",
        DeliveryState::Delivered => "delivery-delivered",
        DeliveryState::GivenUp => "delivery-given-up",
    })
}

pub(crate) fn statement_kind(kind: StatementKind) -> String {
    t(match kind {
        StatementKind::Fund => "kind-fund",
        StatementKind::Withdraw => "kind-withdraw",
        StatementKind::Redeem => "kind-payment",
        StatementKind::Refund => "kind-refund",
        StatementKind::Payout => "kind-payout",
        StatementKind::PayoutEnd => "kind-payout-rejected",
        StatementKind::RefundReturn => "kind-refund-returned",
        StatementKind::Other => "kind-other",
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::path::Path;

    #[test]
    fn every_text_is_used_and_every_used_text_exists() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let none: [String; 0] = [];
        assert_eq!(ecash_web_ui::check::texts(super::ENGLISH, &source).unwrap(), none);
    }
}
