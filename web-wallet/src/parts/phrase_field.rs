//! The field for a recovery phrase. It checks the spelling during input and suggests words.

use crate::text::{t, tr};
use ecash_core::seed::check_spelling;
use leptos::prelude::*;

#[component]
pub(crate) fn PhraseField(value: RwSignal<String>) -> impl IntoView {
    let field = NodeRef::<leptos::html::Textarea>::new();
    let spelling = Memo::new(move |_| value.with(|text| check_spelling(text)));
    let said = move || {
        let spelling = spelling.get();
        match spelling.unknown {
            Some(number) if spelling.suggestions.is_empty() => {
                tr("phrase-unknown", [("number", number.into())])
            }
            Some(number) => tr("phrase-meant", [("number", number.into())]),
            None => tr("phrase-count", [("count", spelling.words.into())]),
        }
    };
    let choose = move |text: String| {
        value.set(text);
        // Return the focus, so that the person can continue typing.
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    };
    view! {
        <div class="field">
            <label for="words">{t("restore-words")}</label>
            <textarea
                id="words"
                node_ref=field
                rows="4"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby="words-said"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
            <p id="words-said" class="hint" role="status">{said}</p>
            <div class="chips">
                {move || {
                    let spelling = spelling.get();
                    spelling.suggestions.into_iter().zip(spelling.completed).map(|(word, text)| view! {
                        <button type="button" class="chip" lang="en" on:click=move |_| choose(text.clone())>{word}</button>
                    }).collect_view()
                }}
            </div>
        </div>
    }
}
