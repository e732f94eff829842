//! Asks for the passphrase of a locked wallet, or for its recovery phrase if the passphrase was forgotten.

use crate::lock::Typed;
use crate::parts::{Alert, Icon, PhraseField};
use crate::state::app;
use crate::text::{self, t};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

#[component]
pub(crate) fn Locked() -> impl IntoView {
    let state = app();
    let (typed, error) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let forgot = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        error.set(None);
        let text = typed.get_untracked();
        let typed = if forgot.get_untracked() { Typed::Words(text) } else { Typed::Passphrase(text) };
        state.unlock(typed, move |failure| error.set(Some(text::error(&failure))));
    };
    let switch = move |_| {
        typed.set(String::new());
        error.set(None);
        forgot.update(|forgot| *forgot = !*forgot);
    };
    let label = move || t(if state.busy.get() { "unlocking" } else { "unlock" });
    view! {
        <form id="unlock" class="card" on:submit=submit>
            <h1><Icon name="lock" /> {move || t(if forgot.get() { "forgot-title" } else { "locked-title" })}</h1>
            <p class="quiet">{move || t(if forgot.get() { "forgot-hint" } else { "locked-hint" })}</p>
            {move || if forgot.get() {
                view! { <PhraseField value=typed /> }.into_any()
            } else {
                view! {
                    <div class="field">
                        <label for="passphrase">{t("passphrase")}</label>
                        <input id="passphrase" type="password" autocomplete="current-password" required autofocus
                            prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event)) />
                    </div>
                }.into_any()
            }}
            <Alert message=error />
        </form>
        <div class="actions">
            <button class="primary" form="unlock" type="submit" disabled=move || state.busy.get()>{label}</button>
            <button class="link" type="button" disabled=move || state.busy.get() on:click=switch>
                {move || t(if forgot.get() { "use-passphrase" } else { "forgot-passphrase" })}
            </button>
        </div>
    }
}
