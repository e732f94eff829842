//! Shown while another tab owns the wallet, with a button to take it over.

use super::Notice;
use crate::state::app;
use crate::text::t;
use leptos::prelude::*;

#[component]
pub(crate) fn Elsewhere() -> impl IntoView {
    let state = app();
    let (asking, old_page) = (state.turn.asking, state.turn.old_page);
    view! {
        {move || {
            let body = if old_page.get() { "elsewhere-old" } else { "elsewhere" };
            view! { <Notice title=t("elsewhere-title") body=t(body) /> }
        }}
        <p class="quiet center" role="status">{move || asking.get().then(|| t("elsewhere-taking-over"))}</p>
        <div class="actions">
            <button class="primary" disabled=move || asking.get() || old_page.get() on:click=move |_| state.take_over()>
                {t("elsewhere-take-over")}
            </button>
        </div>
    }
}
