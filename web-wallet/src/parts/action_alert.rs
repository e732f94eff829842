//! A line that says what is wrong, with the one thing to do about it.

use super::Icon;
use leptos::prelude::*;

/// Shows a text and a button. An `urgent` one interrupts a screen reader.
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
