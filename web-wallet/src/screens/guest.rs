//! Pays a payment with cash as text, on a device without a wallet. Nothing is stored.

use crate::browser::{BrowserDevice, Fetch, page_origin, receipt_file};
use crate::format;
use crate::parts::{Alert, Asker, BackToShop, Icon, OrderDetails, ScreenTitle};
use crate::screens::checkout::return_link;
use crate::state::{AppState, Screen, app};
use crate::text::{self, t, with_amount};
use ecash_core::details::Details;
use ecash_core::wire::{PaymentState, PaymentView};
use ecash_wallet::api::HttpApi;
use ecash_wallet::checkout_link::Checkout;
use ecash_wallet::{Guest as GuestOf, GuestPayment, GuestTokens, WalletError};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Returns a guest of the mint that served this page.
fn guest(state: AppState) -> Result<GuestOf<HttpApi<Fetch>, BrowserDevice>, WalletError> {
    let origin = page_origin().ok_or(WalletError::Unreachable)?;
    Ok(GuestOf::new(origin, HttpApi(Fetch), BrowserDevice::new(state.progress)))
}

#[component]
pub(crate) fn Guest() -> impl IntoView {
    let state = app();
    let view = RwSignal::new(None::<(PaymentView, Option<Details>)>);
    let failed = RwSignal::new(None::<String>);
    let load = move || {
        let Some(Checkout::Of(payment_id, key, seen)) = state.checkout.get_untracked() else { return };
        failed.set(None);
        spawn_local(async move {
            let shown = match guest(state) {
                Ok(guest) => guest.open(&payment_id, key.as_ref(), seen.as_ref()).await,
                Err(error) => Err(error),
            };
            match shown {
                Ok(shown) => drop(view.try_set(Some(shown))),
                Err(error) => drop(failed.try_set(Some(text::error(&error)))),
            }
        });
    };
    load();
    move || {
        match (view.get(), failed.get()) {
        (Some((view, details)), _) => view! { <Cash view=view details=details /> }.into_any(),
        (None, Some(why)) => view! {
            <ScreenTitle title=t("guest-title") back=Screen::Welcome />
            <Alert message=Signal::derive(move || Some(why.clone())) />
            <div class="actions"><button class="primary" on:click=move |_| load()>{t("try-again")}</button></div>
        }
        .into_any(),
        (None, None) => view! {
            <ScreenTitle title=t("guest-title") back=Screen::Welcome />
            <p class="quiet center" role="status">{t("checkout-loading")}</p>
        }
        .into_any(),
    }
    }
}

/// The form that asks for a cash text and pays with it.
#[component]
fn Cash(view: PaymentView, details: Option<Details>) -> impl IntoView {
    let state = app();
    let typed = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let is_paying = RwSignal::new(false);
    let paid = RwSignal::new(None::<GuestPayment>);
    // The tokens read from the text. They are kept, so that a retry after a lost response sends the same
    // request and pays once.
    let cash = StoredValue::new_local(None::<(String, GuestTokens)>);
    let asked = StoredValue::new(view.clone());
    let is_open = view.state == PaymentState::Open && view.server_time < view.expires_at;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (text, view) = (typed.get_untracked().trim().to_owned(), asked.get_value());
        error.set(None);
        is_paying.set(true);
        spawn_local(async move {
            match pay(state, &view, text, cash).await {
                Ok(payment) => drop(paid.try_set(Some(payment))),
                Err(failure) => drop(error.try_set(Some(text::error(&failure)))),
            }
            is_paying.try_set(false);
        });
    };
    let amount = format::money(view.amount, &view.currency);
    let merchant = view.merchant.clone();
    move || {
        match paid.get() {
        Some(payment) => view! { <Paid view=asked.get_value() payment=payment /> }.into_any(),
        None => view! {
            <ScreenTitle title=t("guest-title") back=Screen::Welcome />
            <section class="receipt">
                <Asker merchant=merchant.clone() />
                <p class="receipt-amount">{amount.clone()}</p>
                <p class="quiet">{asked.with_value(|view| view.description.clone())}</p>
                {details.clone().map(|details| view! { <OrderDetails details=details currency=asked.with_value(|view| view.currency.clone()) /> })}
            </section>
            {if is_open { view! {
                <form id="guest" on:submit=submit>
                    <p class="quiet">{with_amount("guest-hint", &amount)}</p>
                    <div class="field">
                        <label for="tokens">{t("receive-text")}</label>
                        <textarea id="tokens" rows="5" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="ecash1…"
                            prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event))></textarea>
                    </div>
                    <Alert message=error />
                </form>
                <div class="actions">
                    <button class="primary" form="guest" type="submit" disabled=move || is_paying.get() || typed.get().trim().is_empty()>
                        {if is_paying.get() { t("stage-waiting") } else { with_amount("pay-amount", &amount) }}
                    </button>
                </div>
            }.into_any() } else { view! { <p class="alert" role="status"><Icon name="circle-alert" /><span>{t("guest-over")}</span></p> }.into_any() }}
        }
        .into_any(),
    }
    }
}

/// Pays with a cash text. Reads the text first, unless it was read before.
async fn pay(
    state: AppState,
    view: &PaymentView,
    text: String,
    kept: StoredValue<Option<(String, GuestTokens)>, LocalStorage>,
) -> Result<GuestPayment, WalletError> {
    let guest = guest(state)?;
    let known = kept.get_value().filter(|(read, _)| *read == text);
    let cash = match known {
        Some((_, cash)) => cash,
        None => guest.read(view, &text).await?,
    };
    kept.set_value(Some((text, cash.clone())));
    guest.pay(view, &cash).await
}

#[component]
fn Paid(view: PaymentView, payment: GuestPayment) -> impl IntoView {
    let state = app();
    let name = format!("receipt-{}.json", view.payment_id);
    let next = payment.return_url.and_then(|url| return_link(&url, &view.payment_id));
    let receipt = payment.receipt.map(|receipt| receipt_file(&receipt));
    let done = move |_| {
        state.checkout.set(None);
        state.screen.set(Screen::Welcome);
    };
    view! {
        <section class="receipt" role="status">
            <span class="receipt-mark"><Icon name="check" /></span>
            <h1>{t("paid")}</h1>
            <p class="receipt-amount">{format::money(view.amount, &view.currency)}</p>
            <p class="quiet">{view.merchant.name}</p>
            {match receipt {
                Some(file) => view! { <p class="hint">{t("guest-receipt")}</p><a class="button secondary" href=file download=name><Icon name="arrow-down-to-line" /> {t("receipt-save")}</a> }.into_any(),
                None => view! { <p class="hint">{t("receipt-missing")}</p> }.into_any(),
            }}
        </section>
        <div class="actions">
            {next.map(|url| view! { <BackToShop url=url /> })}
            <button class="secondary" on:click=done>{t("done")}</button>
        </div>
    }
}
