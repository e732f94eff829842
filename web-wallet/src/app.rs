//! The root component: the frame of the page and the current screen.

use crate::parts::{FoundRefund, Icon, ProgressLine, WaitingCash, WaitingPayment};
use crate::screens::{
    ActivityDetail, Ask, BackupScreen, Checkout, Elsewhere, Give, Guest, Home, Locked, Notice, Pay, Receive,
    Restore, SettingsScreen, Welcome, Withdraw,
};
use crate::state::{AppState, Screen, app};
use crate::text::t;
use leptos::ev;
use leptos::prelude::*;

#[component]
pub(crate) fn App() -> impl IntoView {
    let state = AppState::new();
    provide_context(state);
    remove_boot_message();
    let following = window_event_listener(ev::hashchange, move |_| state.follow_fragment());
    on_cleanup(move || following.remove());
    state.start();
    view! {
        <Header />
        <main id="main">
            <ProgressLine />
            <WaitingPayment />
            <FoundRefund />
            <WaitingCash />
            {move || match state.screen.get() {
                Screen::Opening => view! { <p class="quiet center" role="status">{t("opening")}</p> }.into_any(),
                Screen::Elsewhere => view! { <Elsewhere /> }.into_any(),
                Screen::Broken(why) => view! { <Notice title=t("broken-title") body=why /> }.into_any(),
                Screen::Locked => view! { <Locked /> }.into_any(),
                Screen::Welcome => view! { <Welcome /> }.into_any(),
                Screen::Guest => view! { <Guest /> }.into_any(),
                Screen::Restore => view! { <Restore /> }.into_any(),
                Screen::Home => view! { <Home /> }.into_any(),
                Screen::Withdraw => view! { <Withdraw /> }.into_any(),
                Screen::Pay => view! { <Pay /> }.into_any(),
                Screen::Receive => view! { <Receive /> }.into_any(),
                Screen::Give => view! { <Give /> }.into_any(),
                Screen::Ask => view! { <Ask /> }.into_any(),
                Screen::Checkout => view! { <Checkout /> }.into_any(),
                Screen::Activity(id) => view! { <ActivityDetail id=id /> }.into_any(),
                Screen::Backup => view! { <BackupScreen /> }.into_any(),
                Screen::Settings => view! { <SettingsScreen /> }.into_any(),
            }}
        </main>
    }
}

#[component]
fn Header() -> impl IntoView {
    let state = app();
    let name = move || state.mint().map_or_else(|| t("app"), |mint| mint.institution_id.to_string());
    let demo = move || state.mint().is_some_and(|mint| mint.currency.is_demo());
    view! {
        <header class="bar">
            <span class="brand">
                <img src="/favicon.svg" alt="" width="28" height="28" />
                <span class="brand-name">{name}</span>
                <Show when=demo>
                    <span class="tag">{t("demo")}</span>
                </Show>
            </span>
            <Show when=move || state.screen.get() == Screen::Home>
                <button class="icon-button" aria-label=t("settings") on:click=move |_| state.go(Screen::Settings)>
                    <Icon name="settings" />
                </button>
            </Show>
        </header>
    }
}

/// Removes the static message that the page shows while the wallet loads.
fn remove_boot_message() {
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
}
