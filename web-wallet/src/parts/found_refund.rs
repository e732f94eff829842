//! Announces a refund that the background check found, with a link to it.

use super::Icon;
use crate::state::{Screen, app};
use crate::text::t;
use leptos::prelude::*;

#[component]
pub(crate) fn FoundRefund() -> impl IntoView {
    let state = app();
    let found = move || state.refund_found.get().filter(|_| state.screen.with(Screen::has_wallet));
    view! {
        <div role="status">
            {move || found().map(|payment_id| view! {
                <p class="notice">
                    <Icon name="rotate-ccw" />
                    <span>{t("refund-found")}</span>
                    <button class="link" on:click=move |_| state.take_found_refund(payment_id.clone())>{t("refund-continue")}</button>
                </p>
            })}
        </div>
    }
}
