//! Refunds a payment, whole or in part.

use crate::api::{Fault, new_idempotency_key};
use crate::remote::Remote;
use crate::session::session;
use crate::text::{fault_of_one_attempt, t, tr, with_amount};
use ecash_core::Amount;
use ecash_core::wire::{CreateRefundRequest, ErrorCode, MerchantPayment, RefundResponse};
use ecash_web_ui::format;
use ecash_web_ui::parts::{Alert, AmountField};
use gloo_net::http::Method;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn Refund(
    payment: MerchantPayment,
    left: Amount,
    remote: Remote<MerchantPayment>,
) -> impl IntoView {
    let session = session();
    let currency = payment.currency.clone();
    let typed = RwSignal::new(String::new());
    let reason = RwSignal::new(String::new());
    let (wrong, failed) = (RwSignal::new(None::<String>), RwSignal::new(None::<Fault>));
    let is_sending = RwSignal::new(false);
    // One key until the mint has decided: a repeat after a lost answer refunds once.
    let key = StoredValue::new(new_idempotency_key());
    let path = format!("/merchant/payments/{}/refunds", payment.payment_id.as_str());
    let code = currency.code.to_string();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        failed.set(None);
        wrong.set(None);
        let amount = match format::parse_amount(&typed.get(), &currency) {
            _ if typed.get().trim().is_empty() => left,
            Some(amount) if amount <= left && !amount.is_zero() => amount,
            Some(_) => return wrong.set(Some(with_amount("refund-at-most", &session.money(left)))),
            None => return wrong.set(Some(t("no-amount"))),
        };
        let Some((api, attempt)) = session.api().zip(key.get_value()) else { return };
        let text = reason.get().trim().to_owned();
        let request =
            CreateRefundRequest { amount: Some(amount), reason: (!text.is_empty()).then_some(text) };
        let path = path.clone();
        is_sending.set(true);
        spawn_local(async move {
            match api.send::<RefundResponse>(Method::POST, &path, &request, Some(&attempt)).await {
                Ok(_) => remote.reload(),
                Err(fault) => {
                    if fault.is_decided() {
                        key.try_set_value(new_idempotency_key());
                    }
                    // What was refunded meanwhile, or by an earlier attempt with another amount, is shown.
                    if matches!(
                        fault.code(),
                        Some(ErrorCode::RefundTooLarge | ErrorCode::IdempotencyKeyReused)
                    ) {
                        remote.reload();
                    }
                    failed.try_set(Some(fault));
                }
            }
            is_sending.try_set(false);
        });
    };
    let message =
        Signal::derive(move || wrong.get().or_else(|| failed.get().map(|why| fault_of_one_attempt(&why))));
    view! {
        <section class="card" aria-labelledby="refund">
            <h2 id="refund">{t("refund")}</h2>
            <form on:submit=submit>
                <AmountField value=typed currency=code hint=Signal::stored(tr("refund-hint", [("amount", session.money(left).into())])) />
                <div class="field">
                    <label for="reason">{t("reason")}</label>
                    <input id="reason" maxlength="200" prop:value=move || reason.get() on:input=move |event| reason.set(event_target_value(&event)) />
                </div>
                <Alert message=message />
                <button class="primary" disabled=move || is_sending.get()>{move || t(if is_sending.get() { "sending" } else { "refund-now" })}</button>
            </form>
        </section>
    }
}
