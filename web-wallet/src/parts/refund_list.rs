//! The refunds of a payment, with the state of each.

use crate::format;
use crate::text::{refund_state, t};
use ecash_core::wire::PaymentView;
use leptos::prelude::*;

#[component]
pub(crate) fn RefundList(view: PaymentView) -> impl IntoView {
    let PaymentView { refunds, currency, .. } = view;
    if refunds.is_empty() {
        return view! { <p class="quiet">{t("refund-none")}</p> }.into_any();
    }
    let rows = refunds.into_iter().map(|refund| {
        let reason = refund.reason.map(|reason| view! { <span class="hint" dir="auto">{reason}</span> });
        view! {
            <div class="refund">
                <dt>{format::money(refund.amount, &currency)} {reason}</dt>
                <dd>{refund_state(refund.state)}</dd>
            </div>
        }
    });
    view! { <dl class="facts">{rows.collect_view()}</dl> }.into_any()
}
