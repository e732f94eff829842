//! A field that reads a text file.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;

/// Sets `text` to the content of the chosen file; to nothing if it cannot be read.
#[component]
pub(crate) fn FileField(id: &'static str, label: String, text: RwSignal<String>) -> impl IntoView {
    let choose = move |event: leptos::ev::Event| {
        text.set(String::new());
        let input: Option<web_sys::HtmlInputElement> =
            event.target().and_then(|target| target.dyn_into().ok());
        let Some(file) = input.and_then(|input| input.files()?.get(0)) else { return };
        spawn_local(async move {
            let read = wasm_bindgen_futures::JsFuture::from(file.text()).await;
            text.set(read.ok().and_then(|read| read.as_string()).unwrap_or_default());
        });
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input id=id type="file" accept=".json,application/json" on:change=choose />
        </div>
    }
}
