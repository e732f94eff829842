//! Takings as a chart, the balance, and the newest payments.

use crate::api::Api;
use crate::parts::{Chart, PaymentRow, Title};
use crate::remote::Remote;
use crate::route::Screen;
use crate::session::session;
use crate::takings::{Bar, Span, time_zone};
use crate::text::{t, tr};
use ecash_core::Amount;
use ecash_core::api_key::Scope;
use ecash_core::wire::{EndpointList, EndpointState, MerchantResponse, PaymentList, TakingsResponse};
use ecash_web_ui::parts::Icon;
use leptos::prelude::*;
use std::time::Duration;

/// Interval at which the screen's data is reloaded.
const REFRESH: Duration = Duration::from_secs(10);

#[component]
pub(crate) fn Today() -> impl IntoView {
    let session = session();
    let Some(api) = session.api() else { return ().into_any() };
    let endpoints = session
        .may(Scope::Webhooks)
        .then(|| Remote::<EndpointList>::at(&api, || "/merchant/endpoints".to_owned()));
    view! {
        <Title title=t("today") />
        <Show when=move || session.currency().is_some_and(|currency| currency.is_demo())>
            <p class="notice"><Icon name="circle-alert" /><span>{t("demo-notice")}</span></p>
        </Show>
        {endpoints.map(|endpoints| move || failing(endpoints.get()))}
        <Takings api=api.clone() />
        <Balance api=api.clone() />
        <Newest api=api />
    }
    .into_any()
}

/// The takings of the selected time span, as a sum and a chart.
#[component]
fn Takings(api: Api) -> impl IntoView {
    let span = RwSignal::new(Span::Today);
    let path = move || format!("/merchant/takings?from={}", span.get_untracked().from());
    let takings = Remote::<TakingsResponse>::at(&api, path).keep_fresh(REFRESH, |_| true);
    let choose = move |chosen: Span| {
        span.set(chosen);
        takings.reload();
    };
    view! {
        <section class="card" aria-labelledby="takings">
            <h2 id="takings">{t("takings")}</h2>
            <div class="chips" role="group" aria-label=t("span")>
                {[(Span::Today, "span-today"), (Span::Week, "span-week"), (Span::Month, "span-month")]
                    .into_iter()
                    .map(|(choice, text)| view! {
                        <button class="chip" aria-pressed=move || (span.get() == choice).to_string() on:click=move |_| choose(choice)>{t(text)}</button>
                    })
                    .collect_view()}
            </div>
            {takings.show(move |takings| {
                let bars = span.get_untracked().bars_of(&takings.data);
                let (taken, count) = total(&bars);
                view! {
                    <p class="figure">{taken}</p>
                    <p class="hint">{count}</p>
                    <Chart bars=bars caption=tr("chart", [("zone", time_zone().into())]) />
                }
            })}
        </section>
    }
}

/// The balance, the number of open payments, and the amount held for refunds.
#[component]
fn Balance(api: Api) -> impl IntoView {
    let session = session();
    let merchant =
        Remote::<MerchantResponse>::at(&api, || "/merchant".to_owned()).keep_fresh(REFRESH, |_| true);
    view! {
        <section class="figures">
            {merchant.show(move |merchant| {
                let facts = [
                    ("balance", session.money(merchant.balance)),
                    ("open-payments", merchant.open_payments.to_string()),
                    ("held-for-refunds", session.money(merchant.held_for_refunds)),
                ];
                view! {
                    <dl class="card-row">
                        {facts.into_iter().map(|(name, value)| view! { <div class="card"><dt class="hint">{t(name)}</dt><dd class="strong">{value}</dd></div> }).collect_view()}
                    </dl>
                }
            })}
        </section>
    }
}

#[component]
fn Newest(api: Api) -> impl IntoView {
    let newest = Remote::<PaymentList>::at(&api, || "/merchant/payments?limit=5".to_owned())
        .keep_fresh(REFRESH, |_| true);
    view! {
        <section aria-labelledby="newest">
            <h2 id="newest">{t("newest-payments")}</h2>
            {newest.show(|list| if list.data.is_empty() {
                view! { <p class="quiet">{t("no-payments")} " " <a href=Screen::Till.fragment()>{t("open-till")}</a></p> }.into_any()
            } else {
                view! { <ul class="list">{list.data.into_iter().map(|payment| view! { <PaymentRow payment=payment /> }).collect_view()}</ul> }.into_any()
            })}
        </section>
    }
}

/// The formatted sum of the takings, and the formatted number of payments with the refunds.
fn total(bars: &[Bar]) -> (String, String) {
    let session = session();
    let taken: u64 = bars.iter().map(|bar| bar.taken_minor).sum();
    let refunded: i64 = bars.iter().map(|bar| bar.refunded_minor).sum();
    let count: u64 = bars.iter().map(|bar| bar.payments).sum();
    let taken = session.computed(Amount::new(taken));
    let count = tr("payments-count", [("count", count.into())]);
    let refunded =
        (refunded != 0).then(|| tr("refunded-sum", [("amount", session.change(-refunded).into())]));
    (taken, [Some(count), refunded].into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

/// Lists the endpoints that fail or are disabled.
fn failing(endpoints: Option<EndpointList>) -> impl IntoView {
    let failing = endpoints
        .into_iter()
        .flat_map(|list| list.data)
        .filter(|endpoint| endpoint.failing_since.is_some() || endpoint.state == EndpointState::Disabled);
    failing
        .map(|endpoint| {
            view! {
                <p class="alert" role="status">
                    <Icon name="circle-alert" />
                    <span>{tr("endpoint-fails", [("url", endpoint.url.into())])}</span>
                    <a class="link" href=Screen::Developers.fragment()>{t("open")}</a>
                </p>
            }
        })
        .collect_view()
}
