//! Balance, payouts, export and statement.

use crate::api::Fault;
use crate::attempt::Attempt;
use crate::parts::Title;
use crate::remote::Remote;
use crate::session::session;
use crate::text::{fault, payout_state, statement_kind, t, with_amount};
use ecash_core::api_key::Scope;
use ecash_core::wire::{AccountResponse, CreatePayoutRequest, MAX_REFERENCE_CHARS, PayoutList, PayoutView};
use ecash_web_ui::format;
use ecash_web_ui::parts::{Alert, AmountField, Icon};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn Money() -> impl IntoView {
    let session = session();
    let Some(api) = session.api() else { return ().into_any() };
    let account = Remote::<AccountResponse>::at(&api, || "/merchant/statement".to_owned());
    let payouts = session
        .may(Scope::Payouts)
        .then(|| Remote::<PayoutList>::at(&api, || "/merchant/payouts?limit=20".to_owned()));
    view! {
        <Title title=t("money") />
        <section class="card" aria-labelledby="balance">
            <h2 id="balance">{t("balance")}</h2>
            {account.show(move |account| view! { <p class="figure">{session.money(account.balance)}</p> })}
        </section>
        {match payouts {
            Some(payouts) => view! { <Payouts payouts=payouts account=account /> }.into_any(),
            None => view! { <p class="quiet">{t("no-scope-payouts")}</p> }.into_any(),
        }}
        <Export />
        <section aria-labelledby="statement">
            <h2 id="statement">{t("statement")}</h2>
            {account.show(move |account| if account.statement.is_empty() {
                view! { <p class="quiet">{t("no-statement")}</p> }.into_any()
            } else {
                view! {
                    <ul class="list">
                        {account.statement.into_iter().map(|entry| view! {
                            <li class="row">
                                <span class="row-text"><span class="row-title">{statement_kind(entry.kind)}</span><span class="hint">{format::time(entry.timestamp)}</span></span>
                                <span class="row-amount">{session.change(entry.change_minor)}</span>
                            </li>
                        }).collect_view()}
                    </ul>
                    {account.next_before.is_some().then(|| view! { <p class="hint">{t("statement-goes-on")}</p> })}
                }.into_any()
            })}
        </section>
    }
    .into_any()
}

#[component]
fn Payouts(payouts: Remote<PayoutList>, account: Remote<AccountResponse>) -> impl IntoView {
    let session = session();
    let typed = RwSignal::new(String::new());
    let reference = RwSignal::new(String::new());
    let attempt = Attempt::new();
    let code = session.currency().map(|currency| currency.code.to_string()).unwrap_or_default();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        attempt.begin();
        let Some(currency) = session.currency() else { return };
        let amount = format::parse_amount(&typed.get(), &currency).filter(|amount| !amount.is_zero());
        let Some(amount) = amount else { return attempt.reject(t("no-amount")) };
        let balance = account.get().map(|account| account.balance).unwrap_or_default();
        if amount > balance {
            return attempt.reject(with_amount("payout-at-most", &session.money(balance)));
        }
        let Some(api) = session.api() else { return };
        let text = reference.get().trim().to_owned();
        let request = CreatePayoutRequest { amount, reference: (!text.is_empty()).then_some(text) };
        let path = "/merchant/payouts".to_owned();
        attempt.post(api, path, request, move |answer: Result<PayoutView, _>| {
            if answer.is_ok() {
                attempt.renew();
                typed.try_set(String::new());
                payouts.reload();
                account.reload();
            }
        });
    };
    view! {
        <section class="card" aria-labelledby="payouts">
            <h2 id="payouts">{t("payouts")}</h2>
            <form on:submit=submit>
                <AmountField value=typed currency=code hint=Signal::stored(t("payout-hint")) />
                <div class="field">
                    <label for="reference">{t("reference")}</label>
                    <input id="reference" maxlength=MAX_REFERENCE_CHARS.to_string() prop:value=move || reference.get() on:input=move |event| reference.set(event_target_value(&event)) />
                </div>
                <Alert message=attempt.message() />
                <button class="secondary" disabled=move || attempt.is_sending()>{move || t(if attempt.is_sending() { "sending" } else { "request-payout" })}</button>
            </form>
            {payouts.show(move |list| (!list.data.is_empty()).then(|| view! {
                <dl class="facts">
                    {list.data.into_iter().map(|payout| view! {
                        <div class="refund">
                            <dt>{session.money(payout.amount)}<span class="hint">{payout.reference}</span></dt>
                            <dd>{payout_state(payout.state)}<br /><span class="hint">{format::time(payout.ended_at.unwrap_or(payout.requested_at))}</span>
                                <span class="hint">{payout.external_reference.map(|text| format!(" · {text}"))}</span></dd>
                        </div>
                    }).collect_view()}
                </dl>
            }))}
        </section>
    }
}

/// A file that the mint exports for a range of days.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Every change of the balance.
    Movements,
    /// The receipts of payments and refunds.
    Receipts,
}

impl Kind {
    /// Returns the last segment of the route, and the prefix of the file's name.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Movements => ("export.csv", "ecash"),
            Self::Receipts => ("receipts.zip", "ecash-receipts"),
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Movements => "text/csv;charset=utf-8",
            Self::Receipts => "application/zip",
        }
    }
}

/// Exports the changes of the balance, or the receipts, of a range of days.
#[component]
fn Export() -> impl IntoView {
    let session = session();
    let (from, to) = (RwSignal::new(days_ago(30)), RwSignal::new(days_ago(0)));
    let (failed, loading) = (RwSignal::new(None::<Fault>), RwSignal::new(None::<Kind>));
    let form = NodeRef::<leptos::html::Form>::new();
    let load = move |kind: Kind| {
        // Report a missing day as a submit button would.
        if form.get().is_some_and(|form| !form.report_validity()) {
            return;
        }
        let Some(api) = session.api() else { return };
        failed.set(None);
        loading.set(Some(kind));
        let (first, last) = (from.get(), to.get());
        spawn_local(async move {
            // Days are in UTC, as in the file. The range includes the last day.
            let (route, name) = kind.names();
            let path = format!("/merchant/{route}?from={first}T00:00:00Z&to={}T00:00:00Z", day_after(&last));
            match api.file(&path).await {
                Ok(bytes) => {
                    let ending = route.rsplit('.').next().unwrap_or_default();
                    save(&bytes, &format!("{name}-{first}-{last}.{ending}"), kind.media_type());
                }
                Err(fault) => {
                    failed.try_set(Some(fault));
                }
            }
            loading.try_set(None);
        });
    };
    let button = move |kind: Kind, label: &'static str| {
        view! {
            <button type="button" class="secondary" disabled=move || loading.get().is_some() on:click=move |_| load(kind)>
                <Icon name="download" /> {move || t(if loading.get() == Some(kind) { "loading" } else { label })}
            </button>
        }
    };
    view! {
        <section class="card" aria-labelledby="export">
            <h2 id="export">{t("export")}</h2>
            <p class="hint">{t("export-hint")}</p>
            <form node_ref=form on:submit=move |event: SubmitEvent| { event.prevent_default(); load(Kind::Movements) }>
                <div class="filters">
                    <div class="field"><label for="from">{t("from")}</label><input id="from" type="date" required prop:value=move || from.get() on:input=move |event| from.set(event_target_value(&event)) /></div>
                    <div class="field"><label for="to">{t("to")}</label><input id="to" type="date" required prop:value=move || to.get() on:input=move |event| to.set(event_target_value(&event)) /></div>
                </div>
                <Alert message=Signal::derive(move || failed.get().map(|why| fault(&why))) />
                {button(Kind::Movements, "export-csv")}
                {button(Kind::Receipts, "export-receipts")}
            </form>
        </section>
    }
}

const DAY_MS: f64 = 86_400_000.0;

fn day_of(ms: f64) -> String {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(ms));
    String::from(date.to_iso_string()).chars().take(10).collect()
}

fn days_ago(days: u32) -> String {
    day_of(js_sys::Date::now() - f64::from(days) * DAY_MS)
}

fn day_after(day: &str) -> String {
    let start = js_sys::Date::parse(&format!("{day}T00:00:00Z"));
    // Only an empty field cannot be parsed, and the form rejects it earlier.
    if start.is_nan() { day.to_owned() } else { day_of(start + DAY_MS) }
}

/// Downloads a file in the browser.
fn save(bytes: &[u8], name: &str, media_type: &str) {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options);
    let Some(url) = blob.and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob)).ok() else {
        return;
    };
    let link = document()
        .create_element("a")
        .ok()
        .and_then(|link| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlAnchorElement>(link).ok());
    if let Some(link) = link {
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    // The download has started and no longer needs the URL.
    let _ = web_sys::Url::revoke_object_url(&url);
}
