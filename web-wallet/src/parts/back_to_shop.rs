//! Returns to the shop after a payment: closes the tab if the shop's page opened it, otherwise navigates to
//! the shop's page.

use crate::browser::{close_tab, leave_for, sleep_ms};
use crate::state::app;
use crate::text::t;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Time that the browser gets to close the tab.
const CLOSING_MS: i32 = 300;

#[component]
pub(crate) fn BackToShop(url: String, #[prop(optional)] node_ref: NodeRef<leptos::html::A>) -> impl IntoView {
    let came_from_page = app().came_from.with_untracked(Option::is_some);
    let address = StoredValue::new(url.clone());
    let back = move |event: MouseEvent| {
        // Leave clicks that open another tab or window to the browser.
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        event.prevent_default();
        spawn_local(async move {
            // Without a referrer, the link came by e-mail or from a QR code: there is no page to return to.
            if came_from_page {
                close_tab();
                sleep_ms(CLOSING_MS).await;
            }
            // The tab is still open, because it had shown other pages before. Replace the history entry, so
            // that the back button does not return to the paid payment.
            leave_for(&address.get_value());
        });
    };
    view! { <a class="button primary" node_ref=node_ref rel="noreferrer" href=url on:click=back>{t("back-to-shop")}</a> }
}
