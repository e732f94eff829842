//! Setup of a shop's servers: API keys, domains, sample code, and webhook endpoints (`endpoints`).

use super::endpoints::Endpoints;
use crate::api::Fault;
use crate::parts::{CopyField, Title};
use crate::remote::Remote;
use crate::session::session;
use crate::text::{fault, t, tr};
use ecash_core::api_key::Scope;
use ecash_core::wire::{ApiKeyList, ApiKeyResponse, ApiKeyView, CreateApiKeyRequest, MAX_NAME_CHARS};
use ecash_web_ui::format;
use ecash_web_ui::parts::{Alert, Icon};
use gloo_net::http::Method;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeSet;

/// The scopes that a new key can get. A key can never create one that requests payouts or creates keys.
const GRANTABLE: [Scope; 5] = [Scope::Read, Scope::Payments, Scope::Refunds, Scope::Webhooks, Scope::Links];

#[component]
pub(crate) fn Developers() -> impl IntoView {
    let session = session();
    view! {
        <Title title=t("developers") />
        <Start />
        {if session.may(Scope::Webhooks) { view! { <Endpoints /> }.into_any() } else { view! { <p class="quiet">{t("no-scope-webhooks")}</p> }.into_any() }}
        {if session.may(Scope::Keys) { view! { <Keys /> }.into_any() } else { view! { <p class="quiet">{t("no-scope-keys")}</p> }.into_any() }}
        <Domains />
    }
}

/// Sample code, with this mint's address filled in.
#[component]
fn Start() -> impl IntoView {
    let origin = session().mint().map(|mint| mint.to_string()).unwrap_or_default();
    let page = format!(
        "<script type=\"module\" src=\"{origin}/checkout/1/ecash-checkout.js\"></script>\n<ecash-checkout payment=\"${{payment.checkout_url}}\"></ecash-checkout>"
    );
    let server = format!(
        "import {{ Ecash }} from \"@ecash/checkout/server\";\n\nconst ecash = new Ecash({{ mint: '{origin}', key: process.env.ECASH_KEY }});\nconst payment = await ecash.createPayment({{ amount: 50, description: 'Order 1042', orderRef: '1042' }});"
    );
    view! {
        <section class="card" aria-labelledby="start">
            <h2 id="start">{t("start")}</h2>
            <p class="hint">{t("start-server")}</p>
            <pre tabindex="0"><code>{server}</code></pre>
            <p class="hint">{t("start-page")}</p>
            <pre tabindex="0"><code>{page}</code></pre>
        </section>
    }
}

#[component]
fn Domains() -> impl IntoView {
    let session = session();
    let domains = session
        .merchant
        .with(|merchant| merchant.as_ref().map(|merchant| merchant.domains.clone()).unwrap_or_default());
    view! {
        <section class="card" aria-labelledby="domains">
            <h2 id="domains">{t("domains")}</h2>
            {if domains.is_empty() {
                view! { <p class="quiet">{t("no-domains")}</p> }.into_any()
            } else {
                view! {
                    <ul class="list plain">
                        {domains.into_iter().map(|domain| view! {
                            <li class="row"><span class="row-title">{domain.origin.to_string()}</span><span class=if domain.verified { "tag" } else { "tag ended" }>{t(if domain.verified { "verified" } else { "not-verified" })}</span></li>
                        }).collect_view()}
                    </ul>
                }.into_any()
            }}
            <p class="hint">{t("domains-hint")}</p>
        </section>
    }
}

#[component]
fn Keys() -> impl IntoView {
    let session = session();
    let Some(api) = session.api() else { return ().into_any() };
    let keys = Remote::<ApiKeyList>::at(&api, || "/merchant/keys".to_owned());
    let name = RwSignal::new(String::new());
    let chosen = RwSignal::new(BTreeSet::from([Scope::Read, Scope::Payments]));
    let failed = RwSignal::new(None::<Fault>);
    let created = RwSignal::new(None::<String>);
    let is_sending = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(api) = session.api() else { return };
        let scopes = ecash_core::api_key::Scopes(chosen.get());
        let request = CreateApiKeyRequest { name: name.get().trim().to_owned(), scopes, expires_in: None };
        failed.set(None);
        is_sending.set(true);
        spawn_local(async move {
            match api.send::<ApiKeyResponse>(Method::POST, "/merchant/keys", &request, None).await {
                Ok(key) => {
                    created.try_set(Some(key.secret));
                    name.try_set(String::new());
                    keys.reload();
                }
                Err(fault) => drop(failed.try_set(Some(fault))),
            }
            is_sending.try_set(false);
        });
    };
    view! {
        <section class="card" aria-labelledby="keys">
            <h2 id="keys">{t("keys")}</h2>
            {keys.show(move |list| view! { <ul class="list plain">{list.data.into_iter().map(|key| view! { <Key key=key keys=keys /> }).collect_view()}</ul> })}
            {move || created.get().map(|secret| view! {
                <div class="notice"><span>{t("secret-once")}</span></div>
                <CopyField label=t("api-key") text=secret />
            })}
            <form on:submit=submit>
                <div class="field">
                    <label for="name">{t("new-key")}</label>
                    <input id="name" required maxlength=MAX_NAME_CHARS.to_string() prop:value=move || name.get() on:input=move |event| name.set(event_target_value(&event)) />
                </div>
                <fieldset>
                    <legend>{t("may")}</legend>
                    {GRANTABLE.into_iter().filter(|scope| session.may(*scope)).map(|scope| view! {
                        <label class="choice">
                            <input type="checkbox" prop:checked=move || chosen.with(|chosen| chosen.contains(&scope))
                                on:change=move |event| chosen.update(|chosen| if event_target_checked(&event) { chosen.insert(scope); } else { chosen.remove(&scope); }) />
                            <span>{scope.as_str()}</span>
                        </label>
                    }).collect_view()}
                </fieldset>
                <Alert message=Signal::derive(move || failed.get().map(|why| fault(&why))) />
                <button class="secondary" disabled=move || is_sending.get() || chosen.with(BTreeSet::is_empty)>{t("make-key")}</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn Key(key: ApiKeyView, keys: Remote<ApiKeyList>) -> impl IntoView {
    let session = session();
    let failed = RwSignal::new(None::<Fault>);
    // Set by the first click, which asks for confirmation: servers that use the key stop working.
    let is_sure = RwSignal::new(false);
    let path = StoredValue::new(format!("/merchant/keys/{}", key.key_id.as_str()));
    let revoke = move |_| {
        if !is_sure.get() {
            return is_sure.set(true);
        }
        let Some(api) = session.api() else { return };
        spawn_local(async move {
            let nothing = serde_json::json!({});
            match api.send::<serde_json::Value>(Method::DELETE, &path.get_value(), &nothing, None).await {
                Ok(_) => keys.reload(),
                Err(fault) => drop(failed.try_set(Some(fault))),
            }
        });
    };
    let is_dead = key.revoked_at.is_some();
    let used = key
        .last_used_day
        .map_or_else(|| t("never-used"), |day| tr("last-used", [("day", format::date(day).into())]));
    view! {
        <li class="entry">
            <div class="row-text">
                <span class="row-title">{key.name}</span>
                <span class="hint">{key.key_id.as_str().to_owned()} " · " {key.scopes.to_string()}</span>
                <span class="hint">{if is_dead { t("revoked") } else { used }}</span>
                <Alert message=Signal::derive(move || failed.get().map(|why| fault(&why))) />
            </div>
            {(!is_dead).then(|| view! {
                <div class="entry-actions">
                    <button class="link danger-link" on:click=revoke><Icon name="rotate-ccw" /> {move || t(if is_sure.get() { "revoke-sure" } else { "revoke" })}</button>
                </div>
            })}
        </li>
    }
}
