//! A screen's title, with a back button.

use super::Icon;
use crate::state::{Screen, app};
use crate::text::t;
use leptos::prelude::*;

#[component]
pub(crate) fn ScreenTitle(
    #[prop(into)] title: String,
    #[prop(default = Screen::Home)] back: Screen,
) -> impl IntoView {
    let state = app();
    let heading = NodeRef::<leptos::html::H1>::new();
    // Focus the title: screen readers then announce the new screen, and keyboard navigation starts at its
    // top.
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            let _ = heading.focus();
        }
    });
    view! {
        <div class="screen-title">
            <button class="icon-button" aria-label=t("back") on:click=move |_| state.go(back.clone())>
                <Icon name="arrow-left" />
            </button>
            <h1 tabindex="-1" node_ref=heading>{title}</h1>
        </div>
    }
}
