//! The receipt of a completed operation.

use super::{Facts, Icon};
use crate::state::app;
use crate::text::t;
use leptos::prelude::*;

#[component]
pub(crate) fn ResultCard(
    #[prop(into)] title: String,
    #[prop(into)] amount: String,
    #[prop(into)] detail: String,
    #[prop(optional)] facts: Vec<(String, String)>,
) -> impl IntoView {
    let state = app();
    let button = NodeRef::<leptos::html::Button>::new();
    // Move the keyboard's focus to the next step.
    Effect::new(move |_| {
        if let Some(button) = button.get() {
            let _ = button.focus();
        }
    });
    view! {
        <section class="receipt" role="status">
            <span class="receipt-mark"><Icon name="check" /></span>
            <h1>{title}</h1>
            <p class="receipt-amount">{amount}</p>
            <p class="quiet">{detail}</p>
            {(!facts.is_empty()).then(|| view! { <Facts facts=facts /> })}
        </section>
        <div class="actions">
            <button class="primary" node_ref=button on:click=move |_| state.go(state.first_screen())>{t("done")}</button>
        </div>
    }
}
