//! All payments, with search and filter.

use crate::api::Fault;
use crate::parts::{PaymentRow, Title};
use crate::remote::Remote;
use crate::session::session;
use crate::text::{fault, payment_state, t};
use ecash_core::wire::{PaymentList, PaymentState};
use ecash_web_ui::parts::Alert;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

const PAGE: u32 = 25;
const STATES: [PaymentState; 4] =
    [PaymentState::Open, PaymentState::Paid, PaymentState::Cancelled, PaymentState::Expired];

#[component]
pub(crate) fn Payments() -> impl IntoView {
    let Some(api) = session().api() else { return ().into_any() };
    let typed = RwSignal::new(String::new());
    let state = RwSignal::new(String::new());
    let (failed, is_loading) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let path = move |before: Option<&str>| {
        let mut path = format!("/merchant/payments?limit={PAGE}");
        for (name, value) in [
            ("q", typed.get_untracked().trim()),
            ("state", &state.get_untracked()),
            ("before", before.unwrap_or_default()),
        ] {
            if !value.is_empty() {
                path.push_str(&format!("&{name}={}", String::from(js_sys::encode_uri_component(value))));
            }
        }
        path
    };
    let first = api.clone();
    let list = Remote::<PaymentList>::new(move || {
        let (api, path) = (first.clone(), path(None));
        async move { api.get(&path).await }
    });
    let more = move |_| {
        let Some(shown) = list.get() else { return };
        let Some(next) = &shown.next_before else { return };
        let (api, path) = (api.clone(), path(Some(next.as_str())));
        is_loading.set(true);
        failed.set(None);
        spawn_local(async move {
            match api.get::<PaymentList>(&path).await {
                Ok(page) => {
                    let data = shown.data.into_iter().chain(page.data).collect();
                    list.set(PaymentList { data, next_before: page.next_before });
                }
                Err(fault) => {
                    failed.try_set(Some(fault));
                }
            }
            is_loading.try_set(false);
        });
    };
    let more = StoredValue::new(more);
    let search = move |event: SubmitEvent| {
        event.prevent_default();
        list.reload();
    };
    view! {
        <Title title=t("payments") />
        <form class="filters" role="search" on:submit=search>
            <div class="field">
                <label for="q">{t("search")}</label>
                <input id="q" type="search"
                    placeholder=t("search-for") maxlength="200" prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event)) on:change=move |_| list.reload() />
            </div>
            <div class="field">
                <label for="state">{t("state")}</label>
                <select id="state" on:change=move |event| { state.set(event_target_value(&event)); list.reload(); }>
                    <option value="">{t("all-states")}</option>
                    {STATES.into_iter().map(|state| view! { <option value=state.as_str()>{payment_state(state)}</option> }).collect_view()}
                </select>
            </div>
        </form>
        {list.show(move |page| if page.data.is_empty() {
            let text = if typed.get_untracked().is_empty() && state.get_untracked().is_empty() { "no-payments" } else { "nothing-found" };
            view! { <p class="quiet" role="status">{t(text)}</p> }.into_any()
        } else {
            let has_more = page.next_before.is_some();
            view! {
                <ul class="list">{page.data.into_iter().map(|payment| view! { <PaymentRow payment=payment /> }).collect_view()}</ul>
                <Alert message=Signal::derive(move || failed.get().map(|why| fault(&why))) />
                {has_more.then(|| view! {
                    <button class="secondary" disabled=move || is_loading.get() on:click=move |event| more.with_value(|more| more(event))>
                        {move || t(if is_loading.get() { "loading" } else { "more" })}
                    </button>
                })}
            }.into_any()
        })}
    }
    .into_any()
}
