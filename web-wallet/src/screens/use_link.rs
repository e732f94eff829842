//! Opens a merchant's link: shows the merchant and the title, asks for the amount if the link has none, and
//! creates a payment.

use crate::format;
use crate::parts::{Alert, AmountField, Asker, ScreenTitle, TypedAmount};
use crate::state::app;
use crate::text::{self, t};
use ecash_core::LinkId;
use ecash_core::wire::{MAX_NOTE_CHARS, PublicLink};
use ecash_wallet::checkout_link::Checkout;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

#[component]
pub(crate) fn UseLink(link_id: LinkId) -> impl IntoView {
    let state = app();
    let shown = RwSignal::new(None::<PublicLink>);
    let failed = RwSignal::new(None::<String>);
    let id = StoredValue::new(link_id);
    let load = move || {
        failed.set(None);
        let id = id.get_value();
        state.run(
            async move |wallet| wallet.link(&id).await,
            move |result| match result {
                Ok(link) => shown.set(Some(link)),
                Err(failure) => failed.set(Some(text::error(&failure))),
            },
        );
    };
    // Wait while another operation runs, such as those that resume at the start.
    Effect::new(move |_| {
        if !state.busy.get()
            && shown.with_untracked(Option::is_none)
            && failed.with_untracked(Option::is_none)
        {
            load();
        }
    });
    move || {
        match (shown.get(), failed.get()) {
        (Some(link), _) => view! { <LinkForm link=link /> }.into_any(),
        (None, Some(why)) => view! {
            <ScreenTitle title=t("checkout-title") />
            <Alert message=Signal::derive(move || Some(why.clone())) />
            <div class="actions">
                <button class="primary" disabled=move || state.busy.get() on:click=move |_| load()>{t("try-again")}</button>
            </div>
        }
        .into_any(),
        (None, None) => view! {
            <ScreenTitle title=t("checkout-title") />
            <p class="quiet center" role="status">{t("checkout-loading")}</p>
        }
        .into_any(),
    }
    }
}

#[component]
fn LinkForm(link: PublicLink) -> impl IntoView {
    let state = app();
    let typed = TypedAmount::new(link.currency.clone());
    let note = RwSignal::new(String::new());
    let error = RwSignal::new(None);
    let fixed = link.amount;
    let link_id = StoredValue::new(link.link_id.clone());
    let is_ready = move || fixed.is_some() || typed.amount.get().is_some();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let chosen = if fixed.is_some() { None } else { typed.amount.get_untracked() };
        let (id, word) = (link_id.get_value(), note.get_untracked().trim().to_owned());
        error.set(None);
        state.run(
            async move |wallet| wallet.use_link(&id, chosen, (!word.is_empty()).then_some(word)).await,
            move |result| match result {
                // Continue as with any other payment.
                Ok(payment_id) => state.checkout.set(Some(Checkout::Of(payment_id, None, None))),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    let code = link.currency.code.to_string();
    view! {
        <ScreenTitle title=t("checkout-title") />
        <section class="receipt">
            <Asker merchant=link.merchant.clone() />
            <p class="large">{link.title.clone()}</p>
            {fixed.map(|amount| view! { <p class="receipt-amount">{format::money(amount, &link.currency)}</p> })}
        </section>
        <form id="use-link" on:submit=submit>
            {fixed.is_none().then(|| view! { <AmountField value=typed.text currency=code hint=Signal::stored(t("link-amount")) /> })}
            <div class="field">
                <label for="note">{t("link-note")}</label>
                <input id="note" maxlength=MAX_NOTE_CHARS.to_string() autocomplete="off" prop:value=move || note.get() aria-describedby="note-hint" on:input=move |event| note.set(event_target_value(&event)) />
                <p id="note-hint" class="hint">{t("link-note-hint")}</p>
            </div>
            <Alert message=error />
        </form>
        <div class="actions">
            <button class="primary" form="use-link" type="submit" disabled=move || state.busy.get() || !is_ready()>{t("payment-continue")}</button>
        </div>
    }
}
