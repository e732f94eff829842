//! Announces on every screen that cash is waiting to be received.

use super::Icon;
use crate::state::{Screen, app};
use crate::text::t;
use leptos::prelude::*;

#[component]
pub(crate) fn WaitingCash() -> impl IntoView {
    let state = app();
    let waits = move || !state.incoming.with(Vec::is_empty);
    let text = move || match state.screen.get() {
        _ if !state.incoming_is_kept.get() => t("cash-waits-in-address"),
        Screen::Elsewhere => t("cash-waits-elsewhere"),
        Screen::Welcome | Screen::Restore => t("cash-waits-for-wallet"),
        _ => t("cash-waits"),
    };
    let can_receive = move || state.screen.with(Screen::has_wallet);
    view! {
        <div role="status">
            <Show when=move || waits() && state.screen.get() != Screen::Receive>
                <p class="notice">
                    <Icon name="arrow-down-to-line" />
                    <span>{text}</span>
                    <Show when=can_receive>
                        <button class="link" on:click=move |_| state.go(Screen::Receive)>{t("receive-it")}</button>
                    </Show>
                </p>
            </Show>
        </div>
    }
}
