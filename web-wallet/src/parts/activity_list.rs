//! Recent activity by day, the newest first, with a search in long lists. What the wallet exchanged only to make change is folded.

use super::Icon;
use crate::format::{self, Day};
use crate::state::{Screen, app};
use crate::text::{self, t, tr};
use ecash_core::Currency;
use ecash_wallet::{Activity, ActivityKind, ActivityState};
use leptos::prelude::*;

/// Lists with more entries have a search field.
const SEARCH_FROM: usize = 8;

#[component]
pub(crate) fn ActivityList(currency: Currency) -> impl IntoView {
    let state = app();
    let search = state.activity_search;
    let list = state.activity();
    let (is_empty, is_long) = (list.is_empty(), list.len() > SEARCH_FROM);
    let (list, currency) = (StoredValue::new(list), StoredValue::new(currency));
    let days = move || {
        let wanted = search.get().trim().to_lowercase();
        let found = list.with_value(|list| {
            let found = list
                .iter()
                .filter(|activity| currency.with_value(|currency| is_found(activity, currency, &wanted)));
            by_day(found.cloned().collect())
        });
        if found.is_empty() {
            return view! { <p class="quiet" role="status">{t("nothing-found")}</p> }.into_any();
        }
        let days =
            found.into_iter().map(|(day, list)| view! { <DayOf day=day list=list currency=currency /> });
        days.collect_view().into_any()
    };
    view! {
        <section aria-labelledby="activity-label">
            <h2 id="activity-label">{t("activity")}</h2>
            {is_long.then(|| view! {
                <input
                    type="search"
                    class="search"
                    aria-label=t("search-activity")
                    placeholder=t("search-activity")
                    prop:value=move || search.get()
                    on:input=move |event| search.set(event_target_value(&event))
                />
            })}
            {if is_empty { view! { <p class="quiet">{t("no-activity")}</p> }.into_any() } else { view! { {days} }.into_any() }}
        </section>
    }
}

/// Groups a list, the newest first, by the day in the person's time zone.
fn by_day(list: Vec<Activity>) -> Vec<(Day, Vec<Activity>)> {
    let mut days: Vec<(Day, Vec<Activity>)> = Vec::new();
    for activity in list {
        let day = format::day(activity.at);
        match days.last_mut() {
            Some((last, same)) if *last == day => same.push(activity),
            _ => days.push((day, vec![activity])),
        }
    }
    days
}

/// Whether an activity has the text in its title, its note or its amount. Everything has an empty text.
fn is_found(activity: &Activity, currency: &Currency, wanted: &str) -> bool {
    let bought = activity.payment.as_ref().map(|paid| paid.description.clone());
    let amount = Some(format::amount(activity.amount, currency));
    let texts = [Some(title(activity)), bought, activity.note.clone(), amount];
    texts.into_iter().flatten().any(|text| text.to_lowercase().contains(wanted))
}

#[component]
fn DayOf(day: Day, list: Vec<Activity>, currency: StoredValue<Currency>) -> impl IntoView {
    let label = match day {
        Day::Today => t("today"),
        Day::Yesterday => t("yesterday"),
        Day::Date(date) => date,
    };
    let is_exchange =
        |activity: &Activity| matches!(activity.kind, ActivityKind::Change | ActivityKind::Refresh);
    let (exchanges, others): (Vec<_>, Vec<_>) = list.into_iter().partition(is_exchange);
    let rows = move |list: Vec<Activity>| {
        let row = |activity| view! { <ActivityRow activity=activity currency=currency.get_value() /> };
        (!list.is_empty())
            .then(|| view! { <ul class="activity">{list.into_iter().map(row).collect_view()}</ul> })
    };
    let folded = (!exchanges.is_empty()).then(|| {
        let count = tr("exchanges", [("count", exchanges.len().into())]);
        view! { <details class="folded"><summary>{count}</summary>{rows(exchanges)}</details> }
    });
    view! {
        <h3 class="day">{label}</h3>
        {rows(others)}
        {folded}
    }
}

/// The icon of an activity, and the sign that shows the direction of the money.
pub(crate) const fn mark(kind: ActivityKind) -> (&'static str, &'static str) {
    match kind {
        ActivityKind::Withdraw => ("landmark", "+"),
        ActivityKind::Pay => ("store", "−"),
        ActivityKind::Receive => ("arrow-down-to-line", "+"),
        ActivityKind::Refund => ("store", "+"),
        ActivityKind::Restore => ("rotate-ccw", "+"),
        ActivityKind::Change => ("coins", ""),
        ActivityKind::Refresh => ("refresh-cw", ""),
        ActivityKind::Give => ("arrow-up-right", "−"),
        ActivityKind::TakeBack => ("rotate-ccw", "+"),
    }
}

/// What happened, in a few words.
fn title(activity: &Activity) -> String {
    let merchant = activity.payment.as_ref().map(|paid| paid.merchant_name.clone());
    let merchant = merchant.or_else(|| activity.merchant_id.as_ref().map(ToString::to_string));
    match (activity.kind, merchant) {
        (ActivityKind::Refund, _) | (_, None) => text::kind(activity.kind),
        (_, Some(merchant)) => tr("payment-to", [("merchant", merchant.into())]),
    }
}

#[component]
fn ActivityRow(activity: Activity, currency: Currency) -> impl IntoView {
    let state = app();
    let (icon, sign) = mark(activity.kind);
    let when = match activity.state {
        ActivityState::Done => format::clock(activity.at),
        _ => format!("{} · {}", format::clock(activity.at), text::state_of(&activity)),
    };
    let id = activity.id.0.clone();
    view! {
        <li>
            <button
                class="row"
                class:muted=activity.state == ActivityState::Cancelled
                on:click=move |_| state.go(Screen::Activity(id.clone()))
            >
                <span class="row-icon"><Icon name=icon /></span>
                <span class="row-text">
                    <span class="row-title">{title(&activity)}</span>
                    <span class="hint">{when}</span>
                </span>
                <span class="row-amount">{sign}{format::amount(activity.amount, &currency)}</span>
            </button>
        </li>
    }
}
