//! Receives cash as text.

use crate::format;
use crate::parts::{Alert, ResultCard, ScreenTitle};
use crate::state::{Screen, app};
use crate::text::{self, t, tr, with_amount};
use ecash_wallet::{MintInfo, Preview, Received, WalletError};
use leptos::prelude::*;

#[component]
pub(crate) fn Receive() -> impl IntoView {
    let state = app();
    let received = RwSignal::new(None::<Received>);
    // A memo, so that other changes of the wallet leave the form and its error as they are.
    let done = Memo::new(move |_| received.get().zip(state.mint()));
    move || match done.get() {
        Some((received, mint)) => view! { <ReceivedCard received=received mint=mint /> }.into_any(),
        None => view! { <ReceiveForm received=received /> }.into_any(),
    }
}

#[component]
fn ReceivedCard(received: Received, mint: MintInfo) -> impl IntoView {
    let money = format::money(received.amount, &mint.currency);
    let lost = (!received.lost.is_zero()).then(|| format::money(received.lost, &mint.currency));
    let detail = match lost {
        None => with_amount("received", &money),
        Some(lost) => tr("received-partly", [("amount", money.as_str().into()), ("lost", lost.into())]),
    };
    view! { <ResultCard title=t("received-title") amount=format!("+{money}") detail=detail /> }
}

/// The form for a cash text: typed, pasted or from a link.
#[component]
fn ReceiveForm(received: RwSignal<Option<Received>>) -> impl IntoView {
    let state = app();
    let waiting = move || state.incoming.with(|texts| texts.first().cloned());
    let typed = RwSignal::new(untrack(waiting).unwrap_or_default());
    // Fill the empty field with a text that arrives by link.
    Effect::new(move |_| {
        if let Some(text) = waiting()
            && typed.with_untracked(String::is_empty)
        {
            typed.set(text);
        }
    });
    let error = RwSignal::new(None);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        error.set(None);
        let tokens = typed.get_untracked();
        state.run(
            {
                let tokens = tokens.clone();
                async move |wallet| wallet.receive(&tokens).await
            },
            move |result| {
                // The tokens are in the wallet or in a stored plan, so the text can be removed.
                if matches!(result, Ok(_) | Err(WalletError::Pending | WalletError::Disputed(_))) {
                    typed.set(String::new());
                    state.forget_incoming(tokens);
                }
                match result {
                    Ok(amounts) => received.set(Some(amounts)),
                    Err(failure) => error.set(Some(text::error(&failure))),
                }
            },
        );
    };
    let preview = Memo::new(move |_| state.preview(&typed.get()).zip(state.mint()));
    let put_away = move |_| {
        state.forget_incoming(typed.get_untracked());
        typed.set(String::new());
        error.set(None);
    };
    let failed_from_inbox =
        move || error.with(Option::is_some) && waiting().is_some_and(|text| text == typed.get());
    view! {
            <ScreenTitle title=t("receive-title") />
            <form id="receive" on:submit=submit>
                <p class="quiet">{t("receive-hint")}</p>
                <div class="field">
                    <label for="tokens">{t("receive-text")}</label>
                    <textarea
                        id="tokens"
                        rows="6"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        placeholder="ecash1…"
                        prop:value=move || typed.get()
                        on:input=move |event| typed.set(event_target_value(&event))
                    ></textarea>
                </div>
                {move || preview.get().map(|(preview, mint)| view! { <PreviewCard preview=preview mint=mint /> })}
                <Alert message=error />
                <Show when=failed_from_inbox>
                    <button class="link" type="button" on:click=put_away>{t("remove-text")}</button>
                </Show>
            </form>
            <div class="actions">
                <button
                    class="primary"
                    form="receive"
                    type="submit"
                    disabled=move || state.busy.get() || typed.get().trim().is_empty()
                >
                    {t("receive")}
                </button>
                <button class="secondary" type="button" on:click=move |_| state.go(Screen::Ask)>{t("ask-title")}</button>
            </div>
    }
}

/// The contents of a cash text, before it is received.
#[component]
fn PreviewCard(preview: Preview, mint: MintInfo) -> impl IntoView {
    let amount = preview.amount.map(|amount| format::money(amount, &mint.currency));
    let from = tr("preview-from", [("mint", mint.institution_id.to_string().into())]);
    view! {
        <section class="preview" role="status">
            <p class="receipt-amount">{amount}</p>
            <p class="quiet">{if preview.is_own { t("preview-own") } else { from }}</p>
            {preview.memo.map(|memo| view! { <p class="memo"><bdi>{memo}</bdi></p> })}
        </section>
    }
}
