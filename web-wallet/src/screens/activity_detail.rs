//! The details of one activity, with its actions until it ends.

use crate::browser::copy;
use crate::format;
use crate::parts::{
    Alert, Facts, GiftText, Icon, OrderDetails, PayerProof, PaymentReceipt, PaymentRefunds, ScreenTitle, mark,
};
use crate::state::app;
use crate::text::{self, t, with_amount};
use ecash_core::wire::ErrorCode;
use ecash_wallet::plan::PlanId;
use ecash_wallet::{Activity, ActivityKind, ActivityState, EndReason, WalletError};
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn ActivityDetail(id: String) -> impl IntoView {
    let state = app();
    // Render again only when the activity changes, not with every change of the wallet: rendering may ask the
    // mint.
    let found = Memo::new(move |_| {
        let activity = state.activity().into_iter().find(|activity| activity.id.0 == id);
        activity.zip(state.mint())
    });
    view! {
        <ScreenTitle title=t("detail-title") />
        {move || {
            match found.get() {
                Some((activity, mint)) => {
                    view! { <Shown activity=activity currency=mint.currency /> }.into_any()
                }
                None => view! { <p class="quiet">{t("detail-gone")}</p> }.into_any(),
            }
        }}
    }
}

#[component]
fn Shown(activity: Activity, currency: ecash_core::Currency) -> impl IntoView {
    let (icon, sign) = mark(activity.kind);
    let mut facts =
        vec![(t("detail-when"), format::time(activity.at)), (t("detail-state"), text::state_of(&activity))];
    match &activity.payment {
        Some(paid) => {
            let verified = paid.merchant_origin.as_ref().map(ToString::to_string);
            facts.push((t("merchant"), paid.merchant_name.clone()));
            facts.extend(verified.map(|origin| (t("detail-shop"), origin)));
            facts.push((t("checkout-for"), paid.description.clone()));
            let tip = Some(paid.tip).filter(|tip| !tip.is_zero());
            facts.extend(tip.map(|tip| (t("tip"), format::money(tip, &currency))));
        }
        None if activity.kind == ActivityKind::Refund => {}
        None => facts.extend(activity.merchant_id.as_ref().map(|id| (t("merchant"), id.to_string()))),
    }
    facts.extend(activity.transaction_id.clone().map(|id| (t("transaction"), id)));
    // The note of a refund holds the merchant's name.
    let note = if activity.kind == ActivityKind::Refund { t("merchant") } else { t("detail-memo") };
    facts.extend(activity.note.clone().map(|text| (note, text)));
    let was_taken = activity.kind == ActivityKind::TakeBack
        && activity.end_reason == Some(EndReason::Refused(ErrorCode::TokenAlreadySpent));
    let reason = activity.end_reason.map(text::end_reason);
    let reason = if was_taken { Some(t("gift-was-taken")) } else { reason };
    facts.extend(reason.map(|reason| (t("detail-reason"), reason)));
    let unpaid = activity.state == ActivityState::Pending && activity.kind == ActivityKind::Pay;
    let title = if unpaid { t("not-paid-yet") } else { text::kind(activity.kind) };
    let explanation = match activity.state {
        ActivityState::Pending if unpaid => {
            vec![
                with_amount("not-paid-yet-known", &format::money(activity.amount, &currency)),
                t("not-paid-yet-if-paid"),
                t("not-paid-yet-if-not"),
                t("not-paid-yet-default"),
            ]
        }
        ActivityState::Disputed => vec![t("disputed")],
        _ => Vec::new(),
    };
    let paid = activity.payment.as_ref().filter(|_| activity.state == ActivityState::Done);
    let details = paid.and_then(|paid| paid.details.clone());
    let refundable = paid.map(|paid| paid.payment_id.clone());
    let gift = app().gift(&activity.id);
    let is_open = matches!(activity.state, ActivityState::Pending | ActivityState::Disputed);
    let open = is_open && activity.kind != ActivityKind::Give;
    view! {
        <section class="receipt">
            <span class="receipt-mark plain"><Icon name=if unpaid { "clock" } else { icon } /></span>
            <h2 class:large=unpaid>{title}</h2>
            <p class="receipt-amount">{sign}{format::money(activity.amount, &currency)}</p>
            <div class="explanation">
                {explanation.into_iter().map(|text| view! { <p>{text}</p> }).collect_view()}
            </div>
            <Facts facts=facts />
            {details.map(|details| view! { <OrderDetails details=details currency=currency.clone() /> })}
            {(activity.state == ActivityState::Done).then(|| view! { <PaymentReceipt activity=activity.clone() /> })}
            {refundable.map(|payment_id| view! { <PaymentRefunds payment_id=payment_id /> })}
            {paid.map(|_| view! { <PayerProof activity=activity.clone() /> })}
        </section>
        {gift.map(|gift| view! { <GiftText gift=gift currency=currency.clone() /> })}
        {open.then(|| view! { <Actions id=activity.id.clone() kind=activity.kind state=activity.state /> })}
    }
}

/// The actions of an activity that has not ended.
#[component]
fn Actions(id: PlanId, kind: ActivityKind, state: ActivityState) -> impl IntoView {
    let app = app();
    let error = RwSignal::new(None);
    let copied = RwSignal::new(false);
    let show = move |failure: Option<WalletError>| {
        // The screen already shows that the payment is not paid yet.
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
                    (true, _) => t("ask-again"),
                    (false, true) => t("try-to-pay-again"),
                    (false, false) => t("finish-now"),
                }}
            </button>
            {(payment && !disputed).then(|| view! {
                <button class="secondary" disabled=move || app.busy.get() on:click=cancel>{t("cancel-payment")}</button>
            })}
            {disputed.then(|| view! {
                <button class="secondary" disabled=move || app.busy.get() on:click=copy_evidence>
                    <Icon name="copy" /> {move || if copied.get() { t("copied") } else { t("copy-evidence") }}
                </button>
            })}
        </div>
    }
}
