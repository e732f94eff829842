//! How it ended: a receipt.

use super::Icon;
use crate::state::app;
use crate::text::t;
use leptos::prelude::*;

#[component]
pub(crate) fn ResultCard(
    title: &'static str,
    #[prop(into)] amount: String,
    #[prop(into)] detail: String,
    #[prop(optional)] facts: Vec<(&'static str, String)>,
) -> impl IntoView {
    let state = app();
    let button = NodeRef::<leptos::html::Button>::new();
    // The next thing to do is at hand, also for the keyboard.
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
            {(!facts.is_empty()).then(|| view! {
                <dl class="facts">
                    {facts.into_iter().map(|(name, value)| view! {
                        <div><dt>{name}</dt><dd>{value}</dd></div>
                    }).collect_view()}
                </dl>
            })}
        </section>
        <div class="actions">
            <button class="primary" node_ref=button on:click=move |_| state.go(state.first_screen())>{t::DONE}</button>
        </div>
    }
}
