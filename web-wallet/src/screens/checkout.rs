//! Opens a checkout link: shows the payment, then pays it; or claims a refund.

use super::{Refund, UseLink};
use crate::browser::copy;
use crate::format;
use crate::parts::{Alert, ConfirmPayment, Icon, NotConnected, PaymentReceipt, ResultCard, ScreenTitle};
use crate::state::{Screen, app};
use crate::text::{self, t, tr};
use ecash_core::details::{Details, DetailsKey};
use ecash_core::keys::KEYS_SEEN_LEN;
use ecash_core::wire::{PaymentState, PaymentView};
use ecash_core::{PaymentId, is_localhost};
use ecash_wallet::checkout_link::Checkout as Link;
use ecash_wallet::{ActivityState, Payment, WalletError};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The state of the screen.
#[derive(Clone)]
enum CheckoutView {
    Loading,
    Failed(String),
    /// The shop sees other keys of the mint than this wallet. Holds the evidence: the keys that both see.
    OtherKeys(String),
    Shown(PaymentView, Option<Details>),
    Paid(PaymentView, Payment),
}

#[component]
pub(crate) fn Checkout() -> impl IntoView {
    let state = app();
    let connected = Memo::new(move |_| state.mint().is_some());
    // A copy, so that the result stays visible after the payment ends and the link is dismissed.
    let link = RwSignal::new(state.checkout.get_untracked());
    Effect::new(move |_| {
        let opened = state.checkout.get();
        if opened.is_some() && opened != link.get_untracked() {
            link.set(opened);
        }
    });
    move || match (link.get(), connected.get()) {
        (None, _) => view! { <Ended title=t("checkout-gone-title") body=t("checkout-gone") /> }.into_any(),
        (Some(Link::Damaged), _) => {
            view! { <Ended title=t("checkout-damaged-title") body=t("checkout-damaged") /> }.into_any()
        }
        (Some(Link::Refund(payment_id)), _) => view! { <Refund payment_id=payment_id /> }.into_any(),
        (Some(Link::Of(..) | Link::Link(_)), false) => {
            view! { <ScreenTitle title=t("checkout-title") /> <NotConnected /> }.into_any()
        }
        (Some(Link::Link(link_id)), true) => view! { <UseLink link_id=link_id /> }.into_any(),
        (Some(Link::Of(payment_id, key, seen)), true) => {
            view! { <Asking payment_id=payment_id key=key seen=seen /> }.into_any()
        }
    }
}

/// Shown if the shop sees other keys of the mint than this wallet. Nothing is paid, and the evidence can be
/// copied.
#[component]
fn OtherKeys(both_sides: String, retry: Callback<()>) -> impl IntoView {
    let state = app();
    let copied = RwSignal::new(false);
    let text = StoredValue::new(both_sides);
    let copy_text = move |_| spawn_local(async move { copied.set(copy(&text.get_value()).await) });
    view! {
        <ScreenTitle title=t("checkout-title") />
        <Alert message=Signal::stored(Some(t("error-other-keys"))) />
        <p class="quiet">{t("other-keys-evidence")}</p>
        <div class="actions">
            <button class="primary" disabled=move || state.busy.get() on:click=move |_| retry.run(())>{t("try-again")}</button>
            <button class="secondary" on:click=copy_text>
                <Icon name="copy" /> {move || t(if copied.get() { "copied" } else { "copy-evidence" })}
            </button>
        </div>
    }
}

/// Reads the payment from the mint, and shows the next step.
#[component]
fn Asking(
    payment_id: PaymentId,
    key: Option<DetailsKey>,
    seen: Option<[u8; KEYS_SEEN_LEN]>,
) -> impl IntoView {
    let state = app();
    let asked = RwSignal::new(CheckoutView::Loading);
    let link = StoredValue::new((payment_id, key));
    let load = move || {
        asked.set(CheckoutView::Loading);
        let (id, key) = link.get_value();
        state.run(
            async move |wallet| {
                let view = wallet.payment(&id).await?;
                if let Some(seen) = seen {
                    match wallet.check_keys_seen(&view, &seen).await {
                        Err(WalletError::OtherKeys) => {
                            return Ok(CheckoutView::OtherKeys(wallet.both_sides_of_keys(&view, &seen)));
                        }
                        other => other?,
                    }
                }
                let details = wallet.details_of(&view, key.as_ref())?;
                Ok(CheckoutView::Shown(view, details))
            },
            move |result| {
                asked.set(match result {
                    Ok(answer) => answer,
                    Err(failure) => CheckoutView::Failed(text::error(&failure)),
                });
            },
        );
    };
    // Wait while another operation runs, such as those that resume at the start.
    Effect::new(move |_| {
        if !state.busy.get() && matches!(asked.get_untracked(), CheckoutView::Loading) {
            load();
        }
    });
    move || {
        match asked.get() {
        CheckoutView::Loading => view! {
            <ScreenTitle title=t("checkout-title") />
            <p class="quiet center" role="status">{t("checkout-loading")}</p>
        }
        .into_any(),
        CheckoutView::Failed(why) => view! {
            <ScreenTitle title=t("checkout-title") />
            <Alert message=Signal::derive(move || Some(why.clone())) />
            <div class="actions">
                <button class="primary" disabled=move || state.busy.get() on:click=move |_| load()>{t("try-again")}</button>
            </div>
        }
        .into_any(),
        CheckoutView::OtherKeys(both_sides) => view! { <OtherKeys both_sides=both_sides retry=Callback::new(move |()| load()) /> }.into_any(),
        CheckoutView::Paid(view, payment) => view! { <Paid view=view payment=payment /> }.into_any(),
        CheckoutView::Shown(view, details) => {
            let reload = Callback::new(move |()| load());
            let shown = view.clone();
            let paid = Callback::new(move |payment: Payment| {
                state.checkout.set(None);
                asked.set(CheckoutView::Paid(shown.clone(), payment));
            });
            view! { <Shown view=view details=details reload=reload paid=paid /> }.into_any()
        }
    }
    }
}

/// A payment as read from the mint: asks for confirmation if it is open, otherwise shows how it ended.
#[component]
fn Shown(
    view: PaymentView,
    details: Option<Details>,
    reload: Callback<()>,
    paid: Callback<Payment>,
) -> impl IntoView {
    let state = app();
    let own = state.activity_of_payment(&view.payment_id);
    if let Some(own) = &own
        && own.state == ActivityState::Pending
    {
        // The activity's screen explains that the mint has not responded, and offers to retry or cancel.
        let id = own.id.0.clone();
        spawn_local(async move {
            state.checkout.set(None);
            state.go(Screen::Activity(id));
        });
        return ().into_any();
    }
    let ended = match (view.state_now(), &own) {
        (_, Some(own)) => {
            let amount = format::money(own.amount, &view.currency);
            Some(("checkout-paid-title", tr("checkout-paid-by-you", [("amount", amount.into())])))
        }
        (PaymentState::Paid, None) => Some(("checkout-paid-title", t("checkout-paid-elsewhere"))),
        (PaymentState::Cancelled, None) => Some(("checkout-cancelled-title", t("checkout-cancelled"))),
        (PaymentState::Expired, None) => Some(("checkout-expired-title", t("checkout-expired"))),
        (PaymentState::Open, None) => None,
    };
    match ended {
        Some((title, body)) => view! { <Ended title=t(title) body=body /> }.into_any(),
        None => view! { <ConfirmPayment view=view details=details reload=reload paid=paid /> }.into_any(),
    }
}

/// Shown instead of a payment that cannot be paid.
#[component]
fn Ended(title: String, body: String) -> impl IntoView {
    let state = app();
    let done = move |_| {
        state.checkout.set(None);
        state.go(Screen::Home);
    };
    view! {
        <ScreenTitle title=t("checkout-title") />
        <section class="receipt" role="status">
            <span class="receipt-mark plain"><Icon name="store" /></span>
            <h2 class="large">{title}</h2>
            <p class="quiet">{body}</p>
        </section>
        <div class="actions">
            <button class="primary" on:click=done>{t("done")}</button>
        </div>
    }
}

#[component]
fn Paid(view: PaymentView, payment: Payment) -> impl IntoView {
    let state = app();
    let facts = vec![
        (t("merchant"), view.merchant.name),
        (t("checkout-for"), view.description),
        (t("transaction"), payment.transaction_id.to_string()),
        (t("remains"), format::money(state.balance().available, &view.currency)),
    ];
    let note = state.activity_of_payment(&view.payment_id);
    let note = note.map(|activity| view! { <PaymentReceipt activity=activity /> }.into_any());
    let next = payment.return_url.and_then(|url| return_link(&url, &view.payment_id));
    let amount = format::money(payment.amount, &view.currency);
    view! { <ResultCard title=t("paid") amount=amount detail="" facts=facts note=note next=next /> }
}

/// Returns the shop's return URL with the payment's id filled in. `None` unless the URL uses https or is on
/// localhost.
pub(super) fn return_link(url: &str, payment_id: &PaymentId) -> Option<String> {
    let is_safe = url.starts_with("https://") || is_localhost(url);
    is_safe.then(|| url.replace("{payment_id}", payment_id.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_links_name_the_payment_and_cannot_run_scripts() {
        let id = PaymentId::from_random(&[7; 16]);
        let link = return_link("https://shop.example/?p={payment_id}", &id);
        assert_eq!(link, Some(format!("https://shop.example/?p={id}")));
        for bad in [
            "javascript:alert(1)",
            "http://shop.example/",
            "http://localhost.evil.example/",
            "data:text/html,x",
            "",
        ] {
            assert_eq!(return_link(bad, &id), None, "{bad}");
        }
    }
}
