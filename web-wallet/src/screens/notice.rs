//! A notice that replaces the wallet while it cannot be used.

use crate::parts::Icon;
use leptos::prelude::*;

#[component]
pub(crate) fn Notice(title: String, body: String) -> impl IntoView {
    view! {
        <section class="empty" role="alert">
            <Icon name="circle-alert" />
            <h1>{title}</h1>
            <p>{body}</p>
        </section>
    }
}
