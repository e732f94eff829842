//! States why the wallet cannot be used now.

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
