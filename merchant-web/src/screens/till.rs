//! The till: enter an amount, show the QR code, and wait for the payment.

use super::links::Links;
use crate::api::{Api, Fault};
use crate::attempt::Attempt;
use crate::parts::{Qr, Title};
use crate::session::session;
use crate::text::{fault_of_one_attempt, payment_state, t, tr};
use ecash_core::api_key::Scope;
use ecash_core::wire::{CreatePaymentRequest, MAX_DESCRIPTION_CHARS, MerchantPayment, PaymentState};
use ecash_core::{Amount, PaymentId};
use ecash_web_ui::format;
use ecash_web_ui::parts::{Alert, AmountField, Icon};
use futures_util::StreamExt as _;
use futures_util::future::abortable;
use gloo_net::eventsource::futures::EventSource;
use gloo_net::http::Method;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Expiry of a payment at the till, in seconds.
const EXPIRES_IN_S: u64 = 900;
/// Interval at which the payment is polled, in case no event arrives.
const POLL: Duration = Duration::from_secs(4);

#[component]
pub(crate) fn Till() -> impl IntoView {
    let session = session();
    let sale = RwSignal::new(None::<MerchantPayment>);
    move || match sale.get() {
        _ if !session.may(Scope::Payments) => {
            view! { <Title title=t("till") /><p class="quiet">{t("no-scope-payments")}</p> }.into_any()
        }
        None => view! {
            <Entry sale=sale />
            {session.may(Scope::Links).then(|| view! { <Links /> })}
        }
        .into_any(),
        Some(payment) => match payment.state {
            PaymentState::Open => view! { <Waiting payment=payment sale=sale /> }.into_any(),
            _ => view! { <Ended payment=payment sale=sale /> }.into_any(),
        },
    }
}

#[component]
fn Entry(sale: RwSignal<Option<MerchantPayment>>) -> impl IntoView {
    let session = session();
    let typed = RwSignal::new(String::new());
    let what = RwSignal::new(String::new());
    let attempt = Attempt::new();
    let code = session.currency().map(|currency| currency.code.to_string()).unwrap_or_default();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        attempt.begin();
        let Some(currency) = session.currency() else { return };
        let amount = format::parse_amount(&typed.get(), &currency).filter(|amount| !amount.is_zero());
        let Some(amount) = amount else { return attempt.reject(t("no-amount")) };
        let Some(api) = session.api() else { return };
        let request = request(amount, what.get().trim());
        attempt.post(api, "/merchant/payments".to_owned(), request, move |answer| {
            if let Ok(payment) = answer {
                sale.try_set(Some(payment));
            }
        });
    };
    view! {
        <Title title=t("till") />
        <form class="till" on:submit=submit>
            <AmountField value=typed currency=code hint=Signal::stored(t("till-hint")) />
            <Keypad typed=typed />
            <div class="field">
                <label for="what">{t("what-for")}</label>
                <input id="what" maxlength=MAX_DESCRIPTION_CHARS.to_string() autocomplete="off" placeholder=t("till-sale") prop:value=move || what.get() on:input=move |event| what.set(event_target_value(&event)) />
            </div>
            <Alert message=attempt.message() />
            <button class="primary" disabled=move || attempt.is_sending()>{move || t(if attempt.is_sending() { "sending" } else { "charge" })}</button>
        </form>
    }
}

fn request(amount: Amount, what: &str) -> CreatePaymentRequest {
    CreatePaymentRequest {
        amount,
        description: if what.is_empty() { t("till-sale") } else { what.to_owned() },
        order_ref: None,
        split: false,
        tip_max: Amount::default(),
        expires_in: Some(EXPIRES_IN_S),
        return_url: None,
        metadata: None,
        details_box: None,
        details_hash: None,
        currency: session().currency().map(|currency| currency.code.to_string()),
    }
}

/// A large keypad for touch. Each key edits the text of the amount.
#[component]
fn Keypad(typed: RwSignal<String>) -> impl IntoView {
    const KEYS: [&str; 12] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "0", "delete"];
    let has_decimals = session().currency().is_some_and(|currency| currency.exponent > 0);
    let press = move |key: &'static str| {
        typed.update(|text| match key {
            "delete" => drop(text.pop()),
            key => text.push_str(key),
        });
    };
    view! {
        <div class="keypad" role="group" aria-label=t("keypad")>
            {KEYS.into_iter().map(|key| match key {
                "delete" => view! { <button type="button" class="key" aria-label=t("delete-digit") on:click=move |_| press(key)><Icon name="delete" /></button> }.into_any(),
                "." if !has_decimals => view! { <span></span> }.into_any(),
                key => view! { <button type="button" class="key" on:click=move |_| press(key)>{key}</button> }.into_any(),
            }).collect_view()}
        </div>
    }
}

#[component]
fn Waiting(payment: MerchantPayment, sale: RwSignal<Option<MerchantPayment>>) -> impl IntoView {
    let session = session();
    let (failed, is_cancelling) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let payment_id = payment.payment_id.clone();
    if let Some(api) = session.api() {
        watch(&api, &payment_id, sale);
    }
    let path = format!("/merchant/payments/{}/cancel", payment_id.as_str());
    let cancel = move |_| {
        let Some(api) = session.api() else { return };
        let path = path.clone();
        is_cancelling.set(true);
        failed.set(None);
        spawn_local(async move {
            // If it was paid in the meantime, the mint rejects the request, and `watch` shows the paid
            // payment.
            match api.send(Method::POST, &path, &serde_json::json!({}), None).await {
                Ok(cancelled) => {
                    sale.try_set(Some(cancelled));
                }
                Err(fault) => {
                    failed.try_set(Some(fault));
                }
            }
            is_cancelling.try_set(false);
        });
    };
    view! {
        <section class="card sale">
            <Title title=session.money(payment.amount) />
            <p>{payment.description.clone()}</p>
            <div class="qr-frame"><Qr text=payment.checkout_url.clone() label=t("qr-pay") /></div>
            <p class="waiting-line" role="status">{t("till-waiting")}</p>
            <p class="hint">{tr("till-until", [("time", format::time(payment.expires_at).into())])}</p>
            <p class="hint">{tr("pays-to", [("merchant", session.merchant.with(|merchant| merchant.as_ref().map(|merchant| merchant.name.clone()).unwrap_or_default()).into())])}</p>
            <Alert message=Signal::derive(move || failed.get().map(|why| fault_of_one_attempt(&why))) />
            <button class="danger" disabled=move || is_cancelling.get() on:click=cancel>{t("cancel-payment")}</button>
        </section>
    }
}

#[component]
fn Ended(payment: MerchantPayment, sale: RwSignal<Option<MerchantPayment>>) -> impl IntoView {
    let session = session();
    let is_paid = payment.state == PaymentState::Paid;
    if is_paid {
        beep();
    }
    let total = payment.total();
    view! {
        <section class="receipt" role="status">
            <span class="receipt-mark" class:plain=!is_paid><Icon name=if is_paid { "check" } else { "circle-alert" } /></span>
            <Title title=payment_state(payment.state) />
            <p class="receipt-amount">{session.computed(total)}</p>
            <p class="quiet">{payment.description}</p>
        </section>
        <button class="primary" on:click=move |_| sale.set(None)>{t("new-sale")}</button>
    }
}

/// Reads the payment on each event, and polls it, until it ends or the screen is left.
fn watch(api: &Api, payment_id: &PaymentId, sale: RwSignal<Option<MerchantPayment>>) {
    let path = format!("/merchant/payments/{}", payment_id.as_str());
    let api = api.clone();
    let read = move || {
        let (api, path) = (api.clone(), path.clone());
        spawn_local(async move {
            // Ignore errors: the next event or poll retries.
            let Ok(payment) = api.get::<MerchantPayment>(&path).await else { return };
            let is_shown = sale
                .try_get_untracked()
                .flatten()
                .is_some_and(|shown| shown.payment_id == payment.payment_id);
            if is_shown && payment.state != PaymentState::Open {
                sale.try_set(Some(payment));
            }
        });
    };
    let events = format!("/api/v1/payments/{}/events", payment_id.as_str());
    let at_event = read.clone();
    let (follow, left) = abortable(async move {
        // Ignore errors: polling continues.
        let Ok(mut source) = EventSource::new(&events) else { return };
        let Ok(mut stream) = source.subscribe("payment") else { return };
        while let Some(Ok(_)) = stream.next().await {
            at_event();
        }
    });
    // An aborted future drops its event stream, of which the mint has a limited number.
    spawn_local(async move {
        let _ = follow.await;
    });
    on_cleanup(move || left.abort());
    if let Ok(again) = set_interval_with_handle(read, POLL) {
        on_cleanup(move || again.clear());
    }
}

/// Plays a short tone when a payment is paid. Ignores errors: some browsers block audio.
fn beep() {
    let tone = || -> Result<(), wasm_bindgen::JsValue> {
        let audio = web_sys::AudioContext::new()?;
        let (tone, volume) = (audio.create_oscillator()?, audio.create_gain()?);
        tone.frequency().set_value(880.0);
        volume.gain().set_value(0.2);
        tone.connect_with_audio_node(&volume)?.connect_with_audio_node(&audio.destination())?;
        tone.start()?;
        tone.stop_with_when(audio.current_time() + 0.18)
    };
    let _ = tone();
}
