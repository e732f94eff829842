//! Asks another person for an amount: a link or QR code that opens the "give" screen of their wallet.

use crate::browser::{can_share, copy, page_origin, share};
use crate::parts::{AmountForm, Icon, NotConnected, Qr, ScreenTitle, TypedAmount};
use crate::state::{Screen, app};
use crate::text::{t, with_amount};
use ecash_core::{Amount, plain_line_of};
use ecash_wallet::MintInfo;
use ecash_wallet::cash_request::{CashRequest, MAX_REQUEST_NOTE_CHARS};
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn Ask() -> impl IntoView {
    let state = app();
    let mint = Memo::new(move |_| state.mint());
    let made = RwSignal::new(None::<CashRequest>);
    move || match (made.get(), mint.get()) {
        (Some(request), _) => view! { <Request request=request /> }.into_any(),
        (None, Some(mint)) => view! { <Form mint=mint made=made /> }.into_any(),
        (None, None) => view! { <ScreenTitle title=t("ask-title") /> <NotConnected /> }.into_any(),
    }
}

#[component]
fn Form(mint: MintInfo, made: RwSignal<Option<CashRequest>>) -> impl IntoView {
    let currency = StoredValue::new(mint.currency.clone());
    let typed = TypedAmount::new(mint.currency);
    let note = RwSignal::new(String::new());
    let submit = move |amount: Amount| {
        // The other wallet rejects characters that rearrange text.
        let note = plain_line_of(note.get_untracked().trim());
        let note = Some(note).filter(|note| !note.is_empty());
        made.set(Some(CashRequest { amount, currency: currency.get_value(), note }));
    };
    view! {
        <AmountForm
            title=t("ask-title")
            typed=typed
            hint=Signal::stored(t("ask-hint"))
            error=Signal::stored(None::<String>)
            ready=Signal::stored(true)
            button=["ask", "ask-amount"]
            submit=Callback::new(submit)
        >
            <div class="field">
                <label for="note">{t("ask-note")}</label>
                <input id="note" autocomplete="off" maxlength=MAX_REQUEST_NOTE_CHARS.to_string()
                    prop:value=move || note.get() on:input=move |event| note.set(event_target_value(&event)) />
            </div>
        </AmountForm>
    }
}

#[component]
fn Request(request: CashRequest) -> impl IntoView {
    let state = app();
    let origin = page_origin().map(|origin| origin.to_string()).unwrap_or_default();
    let link = StoredValue::new(format!("{origin}/#{}", request.fragment()));
    let money = crate::format::money(request.amount, &request.currency);
    let copied = RwSignal::new(None::<bool>);
    let copy_link = move |_| spawn_local(async move { copied.set(Some(copy(&link.get_value()).await)) });
    view! {
        <ScreenTitle title=t("ask-title") back=Screen::Receive />
        <section class="receipt">
            <p class="receipt-amount">{money.clone()}</p>
            {request.note.map(|note| view! { <p class="memo"><bdi>{note}</bdi></p> })}
        </section>
        <div class="qr-frame"><Qr text=link.get_value() label=with_amount("ask-code", &money) /></div>
        <p>{t("ask-then")}</p>
        <div class="chips">
            <Show when=can_share>
                <button type="button" class="chip" on:click=move |_| spawn_local(async move { share(&link.get_value()).await })>
                    <Icon name="arrow-up-right" /> {t("share")}
                </button>
            </Show>
            <button type="button" class="chip" on:click=copy_link><Icon name="copy" /> {t("copy-link")}</button>
        </div>
        <p class="hint" role="status">
            {move || copied.get().map(|copied| t(if copied { "ask-copied" } else { "gift-copy-failed" }))}
        </p>
        <div class="actions">
            <button class="primary" on:click=move |_| state.go(Screen::Receive)>{t("ask-receive")}</button>
        </div>
    }
}
