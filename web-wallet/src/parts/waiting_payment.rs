//! Announces on every other screen that a payment is waiting to be confirmed, or a refund to be claimed.

use super::Icon;
use crate::state::{Screen, app};
use crate::text::t;
use ecash_wallet::checkout_link::Checkout;
use leptos::prelude::*;

#[component]
pub(crate) fn WaitingPayment() -> impl IntoView {
    let state = app();
    let waits = move || {
        state.checkout.with(Option::is_some)
            && !matches!(state.screen.get(), Screen::Checkout | Screen::Guest)
    };
    let has_wallet = move || state.screen.with(Screen::has_wallet);
    let is_refund = move || matches!(state.checkout.get(), Some(Checkout::Refund(_)));
    let text = move || {
        t(match (state.screen.get(), is_refund()) {
            (Screen::Elsewhere, false) => "payment-waits-elsewhere",
            (Screen::Welcome | Screen::Restore, false) => "payment-waits-for-wallet",
            (_, false) => "payment-waits",
            (Screen::Elsewhere, true) => "refund-waits-elsewhere",
            (Screen::Welcome | Screen::Restore, true) => "refund-waits-for-wallet",
            (_, true) => "refund-waits",
        })
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
