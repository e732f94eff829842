//! One activity, and what can be done about it while it waits.

use super::home::mark;
use crate::format;
use crate::parts::{Alert, Icon, ScreenTitle};
use crate::state::app;
use crate::text::{self, t};
use ecash_wallet::plan::PlanId;
use ecash_wallet::{Activity, ActivityKind, ActivityState};
use leptos::prelude::*;

#[component]
pub(crate) fn ActivityDetail(id: String) -> impl IntoView {
    let state = app();
    view! {
        <ScreenTitle title=t::DETAIL_TITLE />
        {move || {
            let found = state.activity().into_iter().find(|activity| activity.id.0 == id);
            match found.zip(state.mint()) {
                Some((activity, mint)) => {
                    view! { <Shown activity=activity currency=mint.currency /> }.into_any()
                }
                None => view! { <p class="quiet">{t::DETAIL_GONE}</p> }.into_any(),
            }
        }}
    }
}

#[component]
fn Shown(activity: Activity, currency: ecash_core::Currency) -> impl IntoView {
    let (icon, sign) = mark(activity.kind);
    let mut facts = vec![
        (t::DETAIL_WHEN, format::time(activity.at)),
        (t::DETAIL_STATE, text::state(activity.state).to_owned()),
    ];
    facts.extend(activity.merchant_id.as_ref().map(|merchant| (t::MERCHANT, merchant.to_string())));
    facts.extend(activity.transaction_id.clone().map(|id| (t::TRANSACTION, id)));
    facts.extend(activity.note.clone().map(|note| (t::DETAIL_NOTE, note)));
    let waits = activity.state == ActivityState::Pending;
    view! {
        <section class="receipt">
            <span class="receipt-mark plain"><Icon name=icon /></span>
            <h2>{text::kind(activity.kind)}</h2>
            <p class="receipt-amount">{sign}{format::money(activity.amount, &currency)}</p>
            <dl class="facts">
                {facts.into_iter().map(|(name, value)| view! {
                    <div><dt>{name}</dt><dd>{value}</dd></div>
                }).collect_view()}
            </dl>
        </section>
        {waits.then(|| view! { <Waiting id=activity.id.clone() kind=activity.kind /> })}
    }
}

#[component]
fn Waiting(id: PlanId, kind: ActivityKind) -> impl IntoView {
    let state = app();
    let error = RwSignal::new(None);
    let show = move |failure: Option<ecash_wallet::WalletError>| {
        error.set(failure.map(|failure| text::error(&failure)));
    };
    let again = {
        let id = id.clone();
        move |_| {
            let id = id.clone();
            state.run(async move |wallet| wallet.confirm(&id).await, move |result| show(result.err()));
        }
    };
    let cancel = move |_| {
        let id = id.clone();
        state.run(async move |wallet| wallet.cancel(&id).await, move |result| show(result.err()));
    };
    let payment = kind == ActivityKind::Pay;
    view! {
        <Alert message=error />
        <div class="actions">
            <button class="primary" disabled=move || state.busy.get() on:click=again>
                {if payment { t::CONFIRM_AGAIN } else { t::FINISH_NOW }}
            </button>
            {payment.then(|| view! {
                <button class="secondary" disabled=move || state.busy.get() on:click=cancel>{t::CANCEL_PAYMENT}</button>
            })}
        </div>
    }
}
