//! Says that another tab has the wallet, and takes it over.

use super::Notice;
use crate::state::app;
use crate::text::t;
use leptos::prelude::*;

#[component]
pub(crate) fn Elsewhere() -> impl IntoView {
    let state = app();
    let asking = state.turn.asking;
    view! {
        <Notice title=t("elsewhere-title") body=t("elsewhere") />
        <p class="quiet center" role="status">{move || asking.get().then(|| t("elsewhere-taking-over"))}</p>
        <div class="actions">
            <button class="primary" disabled=move || asking.get() on:click=move |_| state.take_over()>
                {t("elsewhere-take-over")}
            </button>
        </div>
    }
}
