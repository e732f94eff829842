//! Says on every other screen that a payment waits to be confirmed.

use super::Icon;
use crate::state::{Screen, app};
use crate::text::t;
use leptos::prelude::*;

#[component]
pub(crate) fn WaitingPayment() -> impl IntoView {
    let state = app();
    let waits = move || state.checkout.with(Option::is_some) && state.screen.get() != Screen::Checkout;
    let has_wallet = move || {
        !matches!(
            state.screen.get(),
            Screen::Opening | Screen::Elsewhere | Screen::Broken(_) | Screen::Welcome | Screen::Restore
        )
    };
    let text = move || match state.screen.get() {
        Screen::Elsewhere => t("payment-waits-elsewhere"),
        Screen::Welcome | Screen::Restore => t("payment-waits-for-wallet"),
        _ => t("payment-waits"),
    };
    view! {
        <div role="status">
            <Show when=waits>
                <p class="notice">
                    <Icon name="store" />
                    <span>{text}</span>
                    <Show when=has_wallet>
                        <button class="link" on:click=move |_| state.go(Screen::Checkout)>{t("payment-continue")}</button>
                    </Show>
                </p>
            </Show>
        </div>
    }
}
