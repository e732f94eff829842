//! Refunds a payment in full or in part.

use crate::attempt::Attempt;
use crate::remote::Remote;
use crate::session::session;
use crate::text::{t, tr, with_amount};
use ecash_core::Amount;
use ecash_core::wire::{CreateRefundRequest, ErrorCode, MAX_REASON_CHARS, MerchantPayment, RefundResponse};
use ecash_web_ui::format;
use ecash_web_ui::parts::{Alert, AmountField};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

#[component]
pub(crate) fn Refund(
    payment: MerchantPayment,
    left: Amount,
    remote: Remote<MerchantPayment>,
) -> impl IntoView {
    let session = session();
    let currency = payment.currency.clone();
    let typed = RwSignal::new(format::amount(left, &currency));
    // The amount that the next press refunds: money asks twice.
    let sure = RwSignal::new(None::<Amount>);
    let reason = RwSignal::new(String::new());
    let attempt = Attempt::new();
    let path = format!("/merchant/payments/{}/refunds", payment.payment_id.as_str());
    let code = currency.code.to_string();
    let kept = StoredValue::new(currency.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        attempt.begin();
        let amount = match format::parse_amount(&typed.get(), &currency) {
            Some(amount) if amount <= left && !amount.is_zero() => amount,
            Some(_) => return attempt.reject(with_amount("refund-at-most", &session.money(left))),
            None => return attempt.reject(t("no-amount")),
        };
        if sure.get() != Some(amount) {
            return sure.set(Some(amount));
        }
        sure.set(None);
        let Some(api) = session.api() else { return };
        let text = reason.get().trim().to_owned();
        let request =
            CreateRefundRequest { amount: Some(amount), reason: (!text.is_empty()).then_some(text) };
        attempt.post(api, path.clone(), request, move |answer: Result<RefundResponse, _>| {
            // Reload if the refunds have changed: by this attempt, by another tab, or by an earlier attempt
            // with other values.
            let has_changed = match answer {
                Ok(_) => true,
                Err(fault) => {
                    matches!(fault.code(), Some(ErrorCode::RefundTooLarge | ErrorCode::IdempotencyKeyReused))
                }
            };
            if has_changed {
                remote.reload();
            }
        });
    };
    let label = move || {
        let amount = kept.with_value(|currency| format::parse_amount(&typed.get(), currency));
        match amount {
            _ if attempt.is_sending() => t("sending"),
            Some(amount) if sure.get() == Some(amount) => with_amount("refund-sure", &session.money(amount)),
            Some(amount) => with_amount("refund-amount", &session.money(amount)),
            None => t("refund"),
        }
    };
    view! {
        <section class="card" aria-labelledby="refund">
            <h2 id="refund">{t("refund")}</h2>
            <form on:submit=submit>
                <AmountField value=typed currency=code hint=Signal::stored(tr("refund-hint", [("amount", session.money(left).into())])) />
                <div class="field">
                    <label for="reason">{t("reason")}</label>
                    <input id="reason" maxlength=MAX_REASON_CHARS.to_string() prop:value=move || reason.get() on:input=move |event| reason.set(event_target_value(&event)) />
                </div>
                <Alert message=attempt.message() />
                <button class="primary" disabled=move || attempt.is_sending()>{label}</button>
            </form>
        </section>
    }
}
