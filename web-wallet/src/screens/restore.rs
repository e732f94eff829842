//! Bringing a wallet back from its words.

use crate::browser::persist_storage;
use crate::format;
use crate::parts::{Alert, ResultCard, ScreenTitle};
use crate::state::{Screen, app};
use crate::text::{self, t};
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn Restore() -> impl IntoView {
    let state = app();
    let words = RwSignal::new(String::new());
    let error = RwSignal::new(None);
    let found = RwSignal::new(None);
    let restore = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        error.set(None);
        let typed = words.get_untracked();
        state.run(
            async move |wallet| {
                // A second try after a lost connection goes on with the wallet made before.
                if !wallet.exists() {
                    wallet.create_from_words(&typed).await?;
                }
                wallet.connect().await?;
                wallet.restore().await
            },
            move |result| match result {
                Ok(restored) => {
                    words.set(String::new());
                    spawn_local(async {
                        let _ = persist_storage().await;
                    });
                    found.set(Some(restored.amount));
                }
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    move || {
        match found.get().zip(state.mint()) {
        Some((amount, mint)) => {
            let money = format::money(amount, &mint.currency);
            view! { <ResultCard title=t::DONE amount=money.clone() detail=text::restored(&money) /> }.into_any()
        }
        None => view! {
            <ScreenTitle title=t::RESTORE_TITLE back=Screen::Welcome />
            <form id="restore" on:submit=restore>
                <p class="quiet">{t::RESTORE_HINT}</p>
                <div class="field">
                    <label for="words">{t::RESTORE_WORDS}</label>
                    <textarea
                        id="words"
                        rows="4"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        prop:value=move || words.get()
                        on:input=move |event| words.set(event_target_value(&event))
                    ></textarea>
                </div>
                <Alert message=error />
            </form>
            <div class="actions">
                <button class="primary" form="restore" type="submit" disabled=move || state.busy.get()>{t::RESTORE}</button>
            </div>
        }
        .into_any(),
    }
    }
}
