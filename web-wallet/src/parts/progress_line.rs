//! The current step of the running operation and its progress.

use crate::state::app;
use crate::text::{self, t};
use leptos::prelude::*;

#[component]
pub(crate) fn ProgressLine() -> impl IntoView {
    let state = app();
    let stage = Memo::new(move |_| state.progress.get().map(|progress| progress.stage));
    let known = Memo::new(move |_| state.progress.get().is_some_and(|progress| progress.total > 0));
    view! {
        <div class="progress" class:shown=move || stage.get().is_some()>
            <p role="status" aria-live="polite">{move || stage.get().map(text::stage)}</p>
            <Show when=move || stage.get().is_some()>
                <Show
                    when=move || known.get()
                    fallback=|| view! { <progress aria-label=t("progress")></progress> }
                >
                    <progress
                        aria-label=t("progress")
                        max=move || state.progress.get().map_or(1, |progress| progress.total)
                        value=move || state.progress.get().map_or(0, |progress| progress.done)
                    ></progress>
                </Show>
            </Show>
        </div>
    }
}
