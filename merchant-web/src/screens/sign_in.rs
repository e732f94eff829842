//! The sign-in screen: asks for an API key.

use crate::session::session;
use crate::text::{fault, t};
use ecash_core::api_key::ApiKey;
use ecash_core::seed::AccountToken;
use ecash_web_ui::parts::Alert;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let session = session();
    let typed = RwSignal::new(String::new());
    let keep = RwSignal::new(false);
    let wrong = RwSignal::new(None);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let text = typed.get().trim().to_owned();
        wrong.set(None);
        match ApiKey::parse(&text) {
            Some(key) => {
                session.sign_in(key, keep.get());
                typed.set(String::new());
            }
            None if AccountToken::parse(&text).is_some() => wrong.set(Some(t("account-token"))),
            None => wrong.set(Some(t("no-key"))),
        }
    };
    let message = Signal::derive(move || wrong.get().or_else(|| session.fault.get().map(|why| fault(&why))));
    view! {
        <section class="welcome">
            <h1>{t("sign-in-title")}</h1>
            <p class="quiet">{t("sign-in-hint")}</p>
        </section>
        <form on:submit=submit>
            <div class="field">
                <label for="key">{t("api-key")}</label>
                <input
                    id="key"
                    type="password"
                    autocomplete="off"
                    spellcheck="false"
                    required
                    placeholder="ek_…"
                    aria-describedby="key-hint"
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                />
                <p id="key-hint" class="hint">{t("key-hint")}</p>
            </div>
            <label class="choice">
                <input type="checkbox" prop:checked=move || keep.get() on:change=move |event| keep.set(event_target_checked(&event)) />
                <span>{t("keep-key")}</span>
            </label>
            <Alert message=message />
            <button class="primary" disabled=move || session.is_signing_in.get()>
                {move || t(if session.is_signing_in.get() { "signing-in" } else { "sign-in" })}
            </button>
        </form>
    }
}
