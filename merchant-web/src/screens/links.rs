//! Links to print or publish. Each use creates a separate payment.

use crate::api::Fault;
use crate::parts::{CopyField, Qr};
use crate::remote::Remote;
use crate::session::session;
use crate::text::{fault, t, tr};
use ecash_core::Amount;
use ecash_core::wire::{CreateLinkRequest, LinkList, LinkView, MAX_TITLE_CHARS, UpdateLinkRequest};
use ecash_web_ui::format;
use ecash_web_ui::parts::{Alert, Icon};
use gloo_net::http::Method;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn Links() -> impl IntoView {
    let session = session();
    let Some(api) = session.api() else { return ().into_any() };
    let links = Remote::<LinkList>::at(&api, || "/merchant/links".to_owned());
    view! {
        <section class="card links" aria-labelledby="links">
            <h2 id="links">{t("links")}</h2>
            <p class="hint">{t("links-hint")}</p>
            {links.show(move |list| (!list.data.is_empty()).then(|| view! {
                <ul class="list plain">
                    {list.data.into_iter().map(|link| view! { <Entry link=link links=links /> }).collect_view()}
                </ul>
            }))}
            <NewLink links=links />
        </section>
    }
    .into_any()
}

#[component]
fn NewLink(links: Remote<LinkList>) -> impl IntoView {
    let session = session();
    let (title, amount) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (wrong, failed) = (RwSignal::new(None::<String>), RwSignal::new(None::<Fault>));
    let is_sending = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        failed.set(None);
        wrong.set(None);
        let Some((api, currency)) = session.api().zip(session.currency()) else { return };
        let typed = amount.get();
        let fixed = format::parse_amount(&typed, &currency).filter(|amount| !amount.is_zero());
        if fixed.is_none() && !typed.trim().is_empty() {
            return wrong.set(Some(t("no-amount")));
        }
        let request =
            CreateLinkRequest { title: title.get().trim().to_owned(), amount: fixed, tip_max: Amount::ZERO };
        is_sending.set(true);
        spawn_local(async move {
            match api.send::<LinkView>(Method::POST, "/merchant/links", &request, None).await {
                Ok(_) => {
                    title.try_set(String::new());
                    amount.try_set(String::new());
                    links.reload();
                }
                Err(fault) => drop(failed.try_set(Some(fault))),
            }
            is_sending.try_set(false);
        });
    };
    let message = Signal::derive(move || wrong.get().or_else(|| failed.get().map(|why| fault(&why))));
    view! {
        <form on:submit=submit>
            <div class="filters">
                <div class="field">
                    <label for="title">{t("link-title")}</label>
                    <input id="title" required maxlength=MAX_TITLE_CHARS.to_string() prop:value=move || title.get() on:input=move |event| title.set(event_target_value(&event)) />
                </div>
                <div class="field">
                    <label for="link-amount">{t("link-amount")}</label>
                    <input id="link-amount" inputmode="decimal" autocomplete="off" prop:value=move || amount.get() on:input=move |event| amount.set(event_target_value(&event)) />
                </div>
            </div>
            <Alert message=message />
            <button class="secondary" disabled=move || is_sending.get()>{t("make-link")}</button>
        </form>
    }
}

/// A link. When opened, it shows its QR code with the shop's name and domain, so that a sticker over the code
/// is noticed.
#[component]
fn Entry(link: LinkView, links: Remote<LinkList>) -> impl IntoView {
    let session = session();
    let failed = RwSignal::new(None::<Fault>);
    let path = StoredValue::new(format!("/merchant/links/{}", link.link_id.as_str()));
    let is_active = link.active;
    let switch = move |_| {
        let Some(api) = session.api() else { return };
        let request = UpdateLinkRequest { active: !is_active };
        spawn_local(async move {
            match api.send::<LinkView>(Method::PATCH, &path.get_value(), &request, None).await {
                Ok(_) => links.reload(),
                Err(fault) => drop(failed.try_set(Some(fault))),
            }
        });
    };
    let amount = link.amount.map_or_else(|| t("link-open-amount"), |amount| session.money(amount));
    let state = (!is_active).then(|| t("link-off"));
    let made = Some(format::date(link.created_at));
    let hint = [Some(amount), made, state].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let name = session.merchant.with(|merchant| merchant.as_ref().map(|merchant| merchant.name.clone()));
    let origin = session.merchant.with(|merchant| {
        let domains = merchant.as_ref().map(|merchant| merchant.domains.clone()).unwrap_or_default();
        domains.into_iter().find(|domain| domain.verified).map(|domain| domain.origin.to_string())
    });
    view! {
        <li>
            <details>
                <summary class="row">
                    <span class="row-text"><span class="row-title">{link.title.clone()}</span><span class="hint">{hint}</span></span>
                </summary>
                <div class="poster">
                    <p class="strong">{name.clone()}</p>
                    <p class="hint">{origin}</p>
                    <div class="qr-frame"><Qr text=link.url.clone() label=tr("qr-link", [("title", link.title.clone().into())]) /></div>
                    <p>{link.title}</p>
                </div>
                <CopyField label=t("link-url") text=link.url />
                <Alert message=Signal::derive(move || failed.get().map(|why| fault(&why))) />
                <div class="entry-actions">
                    // Ignore errors: the code stays on the screen.
                    <button class="link" type="button" on:click=move |_| drop(window().print())><Icon name="receipt" /> {t("print")}</button>
                    <button class="link" type="button" on:click=switch>{t(if is_active { "switch-off" } else { "switch-on" })}</button>
                </div>
            </details>
        </li>
    }
}
