//! Webhook endpoints: adding, testing, pausing and removing them, their secrets, and what was delivered.

use crate::api::Fault;
use crate::parts::CopyField;
use crate::remote::Remote;
use crate::session::session;
use crate::text::{delivery_state, endpoint_state, fault, t, tr};
use ecash_core::wire::{
    CreateEndpointRequest, DeliveryList, DeliveryState, DeliveryView, EndpointList, EndpointResponse,
    EndpointState, EndpointView, RedeliverRequest, UpdateEndpointRequest,
};
use ecash_web_ui::format;
use ecash_web_ui::parts::Alert;
use gloo_net::http::Method;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Number of deliveries that are shown.
const SHOWN: u32 = 20;

#[component]
pub(super) fn Endpoints() -> impl IntoView {
    let session = session();
    let Some(api) = session.api() else { return ().into_any() };
    let endpoints = Remote::<EndpointList>::at(&api, || "/merchant/endpoints".to_owned());
    let url = RwSignal::new(String::new());
    let failed = RwSignal::new(None::<Fault>);
    let created = RwSignal::new(None::<EndpointResponse>);
    let is_sending = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(api) = session.api() else { return };
        let request = CreateEndpointRequest { url: url.get().trim().to_owned(), kinds: Vec::new() };
        failed.set(None);
        is_sending.set(true);
        spawn_local(async move {
            match api.send::<EndpointResponse>(Method::POST, "/merchant/endpoints", &request, None).await {
                Ok(endpoint) => {
                    created.try_set(Some(endpoint));
                    url.try_set(String::new());
                    endpoints.reload();
                }
                Err(fault) => {
                    failed.try_set(Some(fault));
                }
            }
            is_sending.try_set(false);
        });
    };
    view! {
        <section class="card" aria-labelledby="endpoints">
            <h2 id="endpoints">{t("endpoints")}</h2>
            {endpoints.show(move |list| if list.data.is_empty() {
                view! { <p class="quiet">{t("no-endpoints")}</p> }.into_any()
            } else {
                view! { <ul class="list plain">{list.data.into_iter().map(|endpoint| view! { <Endpoint endpoint=endpoint endpoints=endpoints /> }).collect_view()}</ul> }.into_any()
            })}
            {move || created.get().map(|endpoint| view! {
                <div class="notice"><span>{t("secret-once")}</span></div>
                <CopyField label=t("endpoint-secret") text=endpoint.secret />
            })}
            <form on:submit=submit>
                <div class="field">
                    <label for="url">{t("new-endpoint")}</label>
                    <input id="url" type="url" required placeholder="https://shop.example/webhook" prop:value=move || url.get() on:input=move |event| url.set(event_target_value(&event)) />
                </div>
                <Alert message=Signal::derive(move || failed.get().map(|why| fault(&why))) />
                <button class="secondary" disabled=move || is_sending.get()>{t("add-endpoint")}</button>
            </form>
        </section>
    }
    .into_any()
}

/// Sends requests about one endpoint, and keeps why the last one failed.
#[derive(Clone, Copy)]
struct Requests {
    path: StoredValue<String>,
    failed: RwSignal<Option<Fault>>,
}

impl Requests {
    /// Sends a change, and calls `then` with the response. Shows a failure.
    fn send<T: DeserializeOwned + 'static>(
        self,
        method: Method,
        below: &'static str,
        body: impl Serialize + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        let Some(api) = session().api() else { return };
        self.failed.set(None);
        let path = format!("{}{below}", self.path.get_value());
        spawn_local(async move {
            match api.send::<T>(method, &path, &body, None).await {
                Ok(response) => then(response),
                Err(fault) => drop(self.failed.try_set(Some(fault))),
            }
        });
    }
}

#[component]
fn Endpoint(endpoint: EndpointView, endpoints: Remote<EndpointList>) -> impl IntoView {
    let said = RwSignal::new(None::<String>);
    let secret = RwSignal::new(None::<String>);
    let failed = RwSignal::new(None::<Fault>);
    let path = StoredValue::new(format!("/merchant/endpoints/{}", endpoint.endpoint_id.as_str()));
    let requests = Requests { path, failed };
    let is_enabled = endpoint.state == EndpointState::Enabled;
    let test = move |_| {
        requests.send(Method::POST, "/test", serde_json::json!({}), move |_: serde_json::Value| {
            said.try_set(Some(t("test-sent")));
        });
    };
    let switch = move |_| {
        let state = Some(if is_enabled { EndpointState::Paused } else { EndpointState::Enabled });
        let request = UpdateEndpointRequest { url: None, kinds: None, state, send_missed: !is_enabled };
        requests.send(Method::PATCH, "", request, move |_: EndpointView| endpoints.reload());
    };
    let rotate = move |_| {
        requests.send(Method::POST, "/rotate", serde_json::json!({}), move |rotated: EndpointResponse| {
            secret.try_set(Some(rotated.secret));
        });
    };
    // Set by the first click, which asks for confirmation: what is not delivered yet is lost.
    let is_sure = RwSignal::new(false);
    let remove = move |_| {
        if !is_sure.get() {
            return is_sure.set(true);
        }
        requests
            .send(Method::DELETE, "", serde_json::json!({}), move |_: serde_json::Value| endpoints.reload());
    };
    let failing =
        endpoint.failing_since.map(|since| tr("failing-since", [("since", format::time(since).into())]));
    view! {
        <li class="entry">
            <div class="row-text">
                <span class="row-title">{endpoint.url.clone()}</span>
                <span class="hint">{endpoint_state(endpoint.state)}</span>
                {failing.map(|text| view! { <span class="alert-text">{text}</span> })}
                <span class="hint" role="status">{move || said.get()}</span>
                <Alert message=Signal::derive(move || failed.get().map(|why| fault(&why))) />
            </div>
            {move || secret.get().map(|secret| view! {
                <div class="notice"><span>{t("secret-rotated")}</span></div>
                <CopyField label=t("endpoint-secret") text=secret />
            })}
            <div class="entry-actions">
                <button class="link" disabled=!is_enabled on:click=test>{t("send-test")}</button>
                <button class="link" on:click=switch>{t(if is_enabled { "pause" } else { "enable" })}</button>
                <button class="link" on:click=rotate>{t("rotate-secret")}</button>
                <button class="link danger-link" on:click=remove>{move || t(if is_sure.get() { "remove-sure" } else { "remove" })}</button>
            </div>
            <Deliveries requests=requests is_enabled=is_enabled />
        </li>
    }
}

/// The newest deliveries of an endpoint, loaded when they are opened.
#[component]
fn Deliveries(requests: Requests, is_enabled: bool) -> impl IntoView {
    let session = session();
    let is_open = RwSignal::new(false);
    let list = move || {
        let api = is_open.get().then(|| session.api()).flatten()?;
        let path = format!("{}/deliveries?limit={SHOWN}", requests.path.get_value());
        let deliveries = Remote::<DeliveryList>::at(&api, move || path.clone());
        Some(view! {
            <button class="link" type="button" on:click=move |_| deliveries.reload()>{t("reload")}</button>
            {deliveries.show(move |list| if list.data.is_empty() {
                view! { <p class="quiet">{t("no-deliveries")}</p> }.into_any()
            } else {
                view! { <ul class="list plain">{list.data.into_iter().map(|delivery| view! { <Delivery delivery=delivery requests=requests deliveries=deliveries is_enabled=is_enabled /> }).collect_view()}</ul> }.into_any()
            })}
        })
    };
    // Once only: closing toggles too, and would load the list again.
    let open = move |_| {
        if !is_open.get_untracked() {
            is_open.set(true);
        }
    };
    view! {
        <details on:toggle=open>
            <summary>{t("deliveries")}</summary>
            {list}
        </details>
    }
}

#[component]
fn Delivery(
    delivery: DeliveryView,
    requests: Requests,
    deliveries: Remote<DeliveryList>,
    is_enabled: bool,
) -> impl IntoView {
    let number = delivery.number;
    let again = move |_| {
        let request = RedeliverRequest { first: number, last: Some(number) };
        requests.send(Method::POST, "/redeliver", request, move |_: serde_json::Value| deliveries.reload());
    };
    let attempted = delivery.attempted_at.map(format::time);
    let status = delivery.http_status.map(|status| status.to_string()).or(delivery.error);
    let attempts = tr("attempts", [("count", delivery.attempts.into())]);
    let facts: Vec<_> = [attempted, Some(attempts), status].into_iter().flatten().collect();
    let is_delivered = delivery.state == DeliveryState::Delivered;
    view! {
        <li class="row">
            <span class="row-text">
                <span class="row-title">{delivery.kind}</span>
                <span class="hint">{facts.join(" · ")}</span>
            </span>
            <span class="row-end">
                <span class=if is_delivered { "tag" } else { "tag ended" }>{delivery_state(delivery.state)}</span>
                <button class="link" disabled=!is_enabled on:click=again>{t("send-again")}</button>
            </span>
        </li>
    }
}
