//! The recovery phrase as a numbered list.

use leptos::prelude::*;

#[component]
pub(crate) fn WordList(#[prop(into)] words: Signal<Vec<&'static str>>) -> impl IntoView {
    view! {
        <ol class="words" translate="no">
            {move || words.get().into_iter().map(|word| view! { <li>{word}</li> }).collect_view()}
        </ol>
    }
}
