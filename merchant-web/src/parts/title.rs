//! A screen's title. It takes the focus: screen readers then announce the new screen, and keyboard navigation
//! starts at its top.

use leptos::prelude::*;

#[component]
pub(crate) fn Title(#[prop(into)] title: String) -> impl IntoView {
    let heading = NodeRef::<leptos::html::H1>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            let _ = heading.focus();
        }
    });
    view! { <h1 tabindex="-1" node_ref=heading>{title}</h1> }
}
