//! The mint's receipt of a payment. Verifies it each time it is shown, and saves it as a file.

use super::Icon;
use crate::browser::receipt_file;
use crate::state::app;
use crate::text::{receipt_fault, t};
use ecash_wallet::Activity;
use leptos::prelude::*;

#[component]
pub(crate) fn PaymentReceipt(activity: Activity) -> impl IntoView {
    let Some(payment) = &activity.payment else { return ().into_any() };
    let file_name = format!("receipt-{}.json", payment.payment_id);
    match app().receipt_of(&activity) {
        Ok(receipt) => view! {
            <div class="about-payment">
                <p class="hint with-icon"><Icon name="check" /><span>{t("receipt-verified")}</span></p>
                <a class="button secondary" href=receipt_file(&receipt) download=file_name>
                    <Icon name="arrow-down-to-line" /> {t("receipt-save")}
                </a>
            </div>
        }
        .into_any(),
        Err(fault) => view! {
            <p class="alert"><Icon name="circle-alert" /><span>{receipt_fault(fault)}</span></p>
        }
        .into_any(),
    }
}
