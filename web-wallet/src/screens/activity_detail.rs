//! One activity, and what can be done about it while it waits.

use super::home::mark;
use crate::browser::copy;
use crate::format;
use crate::parts::{Alert, Icon, ScreenTitle};
use crate::state::app;
use crate::text::{self, t};
use ecash_wallet::plan::PlanId;
use ecash_wallet::{Activity, ActivityKind, ActivityState, WalletError};
use leptos::prelude::*;
use leptos::task::spawn_local;

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
    let unpaid = activity.state == ActivityState::Pending && activity.kind == ActivityKind::Pay;
    let title = if unpaid { t::NOT_PAID_YET } else { text::kind(activity.kind) };
    let explanation = match activity.state {
        ActivityState::Pending if unpaid => {
            text::not_paid_yet(&format::money(activity.amount, &currency)).to_vec()
        }
        ActivityState::Disputed => vec![t::DISPUTED.to_owned()],
        _ => Vec::new(),
    };
    let open = matches!(activity.state, ActivityState::Pending | ActivityState::Disputed);
    view! {
        <section class="receipt">
            <span class="receipt-mark plain"><Icon name=if unpaid { "clock" } else { icon } /></span>
            <h2 class:large=unpaid>{title}</h2>
            <p class="receipt-amount">{sign}{format::money(activity.amount, &currency)}</p>
            <div class="explanation">
                {explanation.into_iter().map(|text| view! { <p>{text}</p> }).collect_view()}
            </div>
            <dl class="facts">
                {facts.into_iter().map(|(name, value)| view! {
                    <div><dt>{name}</dt><dd>{value}</dd></div>
                }).collect_view()}
            </dl>
        </section>
        {open.then(|| view! { <Actions id=activity.id.clone() kind=activity.kind state=activity.state /> })}
    }
}

/// What can be done about an activity that has not ended.
#[component]
fn Actions(id: PlanId, kind: ActivityKind, state: ActivityState) -> impl IntoView {
    let app = app();
    let error = RwSignal::new(None);
    let copied = RwSignal::new(false);
    let show = move |failure: Option<WalletError>| {
        // That it is still not paid is said above already.
        let failure = failure.filter(|failure| !matches!(failure, WalletError::NotPaidYet(_)));
        error.set(failure.map(|failure| text::error(&failure)));
    };
    let id = StoredValue::new(id);
    let again = move |_| {
        let id = id.get_value();
        app.run(async move |wallet| wallet.confirm(&id).await, move |result| show(result.err()));
    };
    let cancel = move |_| {
        let id = id.get_value();
        app.run(async move |wallet| wallet.cancel(&id).await, move |result| show(result.err()));
    };
    let copy_evidence = move |_| {
        let id = id.get_value();
        app.run(
            async move |wallet| wallet.dispute_evidence(&id).await,
            move |evidence| match evidence {
                Ok(text) => spawn_local(async move { copied.set(copy(&text).await) }),
                Err(failure) => show(Some(failure)),
            },
        );
    };
    let payment = kind == ActivityKind::Pay;
    let disputed = state == ActivityState::Disputed;
    view! {
        <Alert message=error />
        <div class="actions">
            <button class="primary" disabled=move || app.busy.get() on:click=again>
                {match (disputed, payment) {
                    (true, _) => t::ASK_AGAIN,
                    (false, true) => t::CONFIRM_AGAIN,
                    (false, false) => t::FINISH_NOW,
                }}
            </button>
            {(payment && !disputed).then(|| view! {
                <button class="secondary" disabled=move || app.busy.get() on:click=cancel>{t::CANCEL_PAYMENT}</button>
            })}
            {disputed.then(|| view! {
                <button class="secondary" disabled=move || app.busy.get() on:click=copy_evidence>
                    <Icon name="copy" /> {move || if copied.get() { t::COPIED } else { t::COPY_EVIDENCE }}
                </button>
            })}
        </div>
    }
}
