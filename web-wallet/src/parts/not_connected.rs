//! Replaces components that need the mint's keys and currency, until the wallet has connected for the first
//! time.

use super::Icon;
use crate::state::{Screen, app};
use crate::text::t;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn NotConnected() -> impl IntoView {
    let state = app();
    view! {
        <section class="empty" role="status">
            <Icon name="circle-alert" />
            <p>{move || match (state.other_keys.get(), state.offline.get()) {
                (true, _) => t("error-keys"),
                (false, true) => t("offline"),
                (false, false) => t("not-connected"),
            }}</p>
            <Show when=move || state.offline.get() || state.other_keys.get()>
                <button class="secondary" on:click=move |_| spawn_local(state.come_online())>{t("try-again")}</button>
                <button class="link" on:click=move |_| state.screen.set(Screen::Restore)>{t("restore-wallet")}</button>
            </Show>
        </section>
    }
}
