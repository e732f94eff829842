//! The result of a completed operation.

use super::{BackToShop, Facts, Icon};
use crate::state::app;
use crate::text::t;
use leptos::prelude::*;

#[component]
pub(crate) fn ResultCard(
    #[prop(into)] title: String,
    #[prop(into)] amount: String,
    #[prop(into)] detail: String,
    #[prop(optional)] facts: Vec<(String, String)>,
    /// Shown below the facts.
    #[prop(optional_no_strip)]
    note: Option<AnyView>,
    /// The shop's page to go back to.
    #[prop(optional_no_strip)]
    next: Option<String>,
) -> impl IntoView {
    let state = app();
    let (button, link) = (NodeRef::<leptos::html::Button>::new(), NodeRef::<leptos::html::A>::new());
    let has_link = next.is_some();
    // Focus the next step.
    Effect::new(move |_| {
        if let Some(link) = link.get() {
            let _ = link.focus();
        } else if let Some(button) = button.get().filter(|_| !has_link) {
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
            {note}
        </section>
        <div class="actions">
            {next.map(|url| view! { <BackToShop url=url node_ref=link /> })}
            <button class=if has_link { "secondary" } else { "primary" } node_ref=button on:click=move |_| state.go(state.first_screen())>{t("done")}</button>
        </div>
    }
}
