//! The lines of an order, decrypted with the key in the shop's link.

use crate::format;
use crate::text::{t, tr};
use ecash_core::Currency;
use ecash_core::details::{Details, Line};
use leptos::prelude::*;

#[component]
pub(crate) fn OrderDetails(details: Details, currency: Currency) -> impl IntoView {
    let seller =
        details.seller.map(|seller| view! { <div><dt>{t("details-seller")}</dt><dd>{seller}</dd></div> });
    let note = details.note.map(|note| view! { <div><dt>{t("details-note")}</dt><dd>{note}</dd></div> });
    view! {
        <dl class="facts" aria-label=t("details")>
            {details.lines.into_iter().map(|line| {
                let amount = format::money(line.amount, &currency);
                let tax = line.tax.clone().map(|tax| view! { <span class="hint">{tr("details-tax", [("tax", tax.into())])}</span> });
                view! { <div class="refund"><dt>{name(&line)}{tax}</dt><dd>{amount}</dd></div> }
            }).collect_view()}
            {seller}
            {note}
        </dl>
        <p class="hint">{t("details-private")}</p>
    }
}

fn name(line: &Line) -> String {
    match line.quantity {
        1 => line.text.clone(),
        quantity => format!("{quantity} × {}", line.text),
    }
}
