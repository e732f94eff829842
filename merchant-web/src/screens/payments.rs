//! All payments, with search and filter.

use crate::api::{Api, Fault};
use crate::parts::{PaymentRow, Title};
use crate::remote::Remote;
use crate::session::session;
use crate::text::{fault, payment_state, t};
use ecash_core::wire::{MAX_SEARCH_CHARS, PaymentList, PaymentState};
use ecash_web_ui::parts::Alert;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

const PAGE: u32 = 25;
const STATES: [PaymentState; 4] =
    [PaymentState::Open, PaymentState::Paid, PaymentState::Cancelled, PaymentState::Expired];

/// The search. Empty fields match all payments.
#[derive(Clone, Copy)]
struct Filter {
    text: RwSignal<String>,
    state: RwSignal<String>,
}

impl Filter {
    /// The path of a page of payments: the newest ones, or those before the payment `before`.
    fn path(self, before: Option<&str>) -> String {
        let (text, state) = (self.text.get_untracked(), self.state.get_untracked());
        let mut path = format!("/merchant/payments?limit={PAGE}");
        for (name, value) in [("q", text.trim()), ("state", &state), ("before", before.unwrap_or_default())] {
            if !value.is_empty() {
                path.push_str(&format!("&{name}={}", String::from(js_sys::encode_uri_component(value))));
            }
        }
        path
    }

    fn is_empty(self) -> bool {
        self.text.with_untracked(String::is_empty) && self.state.with_untracked(String::is_empty)
    }
}

#[component]
pub(crate) fn Payments() -> impl IntoView {
    let Some(api) = session().api() else { return ().into_any() };
    let filter = Filter { text: RwSignal::default(), state: RwSignal::default() };
    let list = Remote::<PaymentList>::at(&api, move || filter.path(None));
    view! {
        <Title title=t("payments") />
        <Search filter=filter list=list />
        {list.show(move |page| if page.data.is_empty() {
            let text = if filter.is_empty() { "no-payments" } else { "nothing-found" };
            view! { <p class="quiet" role="status">{t(text)}</p> }.into_any()
        } else {
            let next = page.next_before.is_some().then(|| view! { <More api=api.clone() filter=filter list=list /> });
            view! {
                <ul class="list">{page.data.into_iter().map(|payment| view! { <PaymentRow payment=payment /> }).collect_view()}</ul>
                {next}
            }.into_any()
        })}
    }
    .into_any()
}

#[component]
fn Search(filter: Filter, list: Remote<PaymentList>) -> impl IntoView {
    let Filter { text, state } = filter;
    let search = move |event: SubmitEvent| {
        event.prevent_default();
        list.reload();
    };
    view! {
        <form class="filters" role="search" on:submit=search>
            <div class="field">
                <label for="q">{t("search")}</label>
                <input id="q" type="search"
                    placeholder=t("search-for") maxlength=MAX_SEARCH_CHARS.to_string() prop:value=move || text.get()
                    on:input=move |event| text.set(event_target_value(&event)) on:change=move |_| list.reload() />
            </div>
            <div class="field">
                <label for="state">{t("state")}</label>
                <select id="state" on:change=move |event| { state.set(event_target_value(&event)); list.reload(); }>
                    <option value="">{t("all-states")}</option>
                    {STATES.into_iter().map(|state| view! { <option value=state.as_str()>{payment_state(state)}</option> }).collect_view()}
                </select>
            </div>
        </form>
    }
}

/// Adds the next page to the list.
#[component]
fn More(api: Api, filter: Filter, list: Remote<PaymentList>) -> impl IntoView {
    let (failed, is_loading) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let more = move |_| {
        let Some(shown) = list.get() else { return };
        let Some(next) = &shown.next_before else { return };
        let (api, path) = (api.clone(), filter.path(Some(next.as_str())));
        is_loading.set(true);
        failed.set(None);
        spawn_local(async move {
            match api.get::<PaymentList>(&path).await {
                // Replaces this component and its signals too.
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
    view! {
        <Alert message=Signal::derive(move || failed.get().map(|why| fault(&why))) />
        <button class="secondary" disabled=move || is_loading.get() on:click=more>
            {move || t(if is_loading.get() { "loading" } else { "more" })}
        </button>
    }
}
