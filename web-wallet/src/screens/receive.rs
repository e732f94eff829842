//! Receive: cash as text becomes one's own.

use crate::format;
use crate::parts::{Alert, ResultCard, ScreenTitle};
use crate::state::app;
use crate::text::{self, t};
use ecash_wallet::Received;
use leptos::prelude::*;

#[component]
pub(crate) fn Receive() -> impl IntoView {
    let state = app();
    let typed = state.incoming;
    let error = RwSignal::new(None);
    let received = RwSignal::new(None::<Received>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        error.set(None);
        let tokens = typed.get_untracked();
        state.run(
            async move |wallet| wallet.receive(&tokens).await,
            move |result| match result {
                Ok(amounts) => {
                    typed.set(String::new());
                    received.set(Some(amounts));
                }
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    move || match received.get().zip(state.mint()) {
        Some((received, mint)) => {
            let money = format::money(received.amount, &mint.currency);
            let lost = (!received.lost.is_zero()).then(|| format::money(received.lost, &mint.currency));
            let detail = text::received(&money, lost.as_deref());
            view! { <ResultCard title=t::RECEIVED amount=format!("+{money}") detail=detail /> }.into_any()
        }
        None => view! {
            <ScreenTitle title=t::RECEIVE_TITLE />
            <form id="receive" on:submit=submit>
                <p class="quiet">{t::RECEIVE_HINT}</p>
                <div class="field">
                    <label for="tokens">{t::RECEIVE_TEXT}</label>
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
                <Alert message=error />
            </form>
            <div class="actions">
                <button
                    class="primary"
                    form="receive"
                    type="submit"
                    disabled=move || state.busy.get() || typed.get().trim().is_empty()
                >
                    {t::RECEIVE}
                </button>
            </div>
        }
        .into_any(),
    }
}
