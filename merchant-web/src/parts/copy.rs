//! A read-only text with a button that copies it.

use crate::text::t;
use ecash_web_ui::parts::Icon;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

#[component]
pub(crate) fn CopyField(#[prop(into)] label: String, #[prop(into)] text: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let to_copy = text.clone();
    let copy = move |_| {
        let writing = window().navigator().clipboard().write_text(&to_copy);
        spawn_local(async move {
            // If the browser denies access to the clipboard, the text can still be selected manually.
            copied.try_set(JsFuture::from(writing).await.is_ok());
        });
    };
    view! {
        <div class="field copy-field">
            <label>
                {label}
                <input readonly prop:value=text />
            </label>
            <button class="secondary" type="button" on:click=copy>
                <Icon name="copy" />
                <span role="status">{move || t(if copied.get() { "copied" } else { "copy" })}</span>
            </button>
        </div>
    }
}
