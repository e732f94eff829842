//! Leads back to the shop after a payment: closes a tab that a shop's page opened, and leaves any other one for the shop's page.

use crate::browser::{close_tab, leave_for, sleep_ms};
use crate::state::app;
use crate::text::t;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How long a browser takes to close a tab that it lets close.
const CLOSING_MS: i32 = 300;

#[component]
pub(crate) fn BackToShop(url: String, #[prop(optional)] node_ref: NodeRef<leptos::html::A>) -> impl IntoView {
    let came_from_page = app().came_from.with_untracked(Option::is_some);
    let address = StoredValue::new(url.clone());
    let back = move |event: MouseEvent| {
        // A click that opens another tab or window is the person's own choice.
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        event.prevent_default();
        spawn_local(async move {
            // Without a page that led here, there is none to come back to: the link came by e-mail, or from a code.
            if came_from_page {
                close_tab();
                sleep_ms(CLOSING_MS).await;
            }
            // Still here: the tab had other pages before. The back button must not lead to the paid payment again.
            leave_for(&address.get_value());
        });
    };
    view! { <a class="button primary" node_ref=node_ref rel="noreferrer" href=url on:click=back>{t("back-to-shop")}</a> }
}
