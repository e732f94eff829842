//! A one-line alert with one action.

use super::Icon;
use leptos::prelude::*;

/// Shows a text and a button. An `urgent` alert interrupts screen readers.
#[component]
pub(crate) fn ActionAlert(
    text: String,
    action: String,
    #[prop(optional)] urgent: bool,
    on_click: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <p class="alert" role=if urgent { "alert" } else { "status" }>
            <Icon name="circle-alert" />
            <span>{text}</span>
            <button class="link" on:click=move |_| on_click()>{action}</button>
        </p>
    }
}
