//! An error message that screen readers announce.

use super::Icon;
use leptos::prelude::*;

#[component]
pub fn Alert(#[prop(into)] message: Signal<Option<String>>) -> impl IntoView {
    view! {
        <div role="alert" aria-live="assertive">
            {move || {
                message.get().map(|message| {
                    view! {
                        <p class="alert">
                            <Icon name="circle-alert" />
                            <span>{message}</span>
                        </p>
                    }
                })
            }}
        </div>
    }
}
