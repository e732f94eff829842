//! One payment: its state, history and receipt, and actions to refund or cancel it.

use super::refund::Refund;
use crate::api::Fault;
use crate::parts::{CopyField, Qr, StateTag, Title};
use crate::remote::Remote;
use crate::route::Screen;
use crate::session::session;
use crate::text::{fault, refund_state, t, tr};
use ecash_core::PaymentId;
use ecash_core::api_key::Scope;
use ecash_core::wire::{MerchantPayment, PaymentState, RefundState};
use ecash_web_ui::format;
use ecash_web_ui::parts::{Alert, Facts, Icon};
use gloo_net::http::Method;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Interval at which an open payment is polled.
const REFRESH: Duration = Duration::from_secs(5);

#[component]
pub(crate) fn Payment(payment_id: PaymentId) -> impl IntoView {
    let Some(api) = session().api() else { return ().into_any() };
    let path = format!("/merchant/payments/{}", payment_id.as_str());
    let payment = Remote::<MerchantPayment>::at(&api, move || path.clone())
        .keep_fresh(REFRESH, |shown| shown.state == PaymentState::Open);
    view! {
        <p><a class="link" href=Screen::Payments.fragment()><Icon name="arrow-left" /> {t("payments")}</a></p>
        <Title title=t("payment") />
        {payment.show(move |shown| view! { <Details payment=shown remote=payment /> })}
    }
    .into_any()
}

#[component]
fn Details(payment: MerchantPayment, remote: Remote<MerchantPayment>) -> impl IntoView {
    let session = session();
    let total = payment.total();
    let left =
        payment.left_to_refund().ok().filter(|left| payment.state == PaymentState::Paid && !left.is_zero());
    view! {
        <section class="card">
            <p class="figure">{session.computed(total)}</p>
            <p>{payment.description.clone()}</p>
            <p><StateTag payment=payment.clone() /></p>
            <Facts facts=facts(&payment) />
        </section>
        {(payment.state == PaymentState::Open).then(|| view! { <Open payment=payment.clone() remote=remote /> })}
        {(payment.state == PaymentState::Paid).then(|| {
            let receipt = format!("/api/v1/payments/{}/receipt", payment.payment_id.as_str());
            let name = format!("receipt-{}.json", payment.payment_id.as_str());
            view! { <p><a class="link" href=receipt download=name><Icon name="download" /> {t("receipt")}</a></p> }
        })}
        {(!payment.refunds.is_empty()).then(|| view! { <Refunds payment=payment.clone() /> })}
        {left.map(|left| if session.may(Scope::Refunds) {
            view! { <Refund payment=payment.clone() left=left remote=remote /> }.into_any()
        } else {
            view! { <p class="quiet">{t("no-scope-refunds")}</p> }.into_any()
        })}
    }
}

fn facts(payment: &MerchantPayment) -> Vec<(String, String)> {
    let session = session();
    let ended = payment.ended_at.map(|at| (crate::text::payment_state(payment.state), format::time(at)));
    let expires =
        (payment.state == PaymentState::Open).then(|| (t("expires"), format::time(payment.expires_at)));
    let tip = (!payment.tip.is_zero()).then(|| (t("tip"), session.money(payment.tip)));
    let order = payment.order_ref.clone().map(|order| (t("order"), order));
    let transaction = payment.transaction_id.as_ref().map(|id| (t("transaction"), id.as_str().to_owned()));
    let created = Some((t("created"), format::time(payment.created_at)));
    let id = Some((t("id"), payment.payment_id.as_str().to_owned()));
    [order, tip, created, ended, expires, id, transaction].into_iter().flatten().collect()
}

/// An open payment: its QR code and checkout URL, and a button to cancel it.
#[component]
fn Open(payment: MerchantPayment, remote: Remote<MerchantPayment>) -> impl IntoView {
    let session = session();
    let (failed, is_cancelling) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let path = format!("/merchant/payments/{}/cancel", payment.payment_id.as_str());
    let cancel = move |_| {
        let Some(api) = session.api() else { return };
        let path = path.clone();
        is_cancelling.set(true);
        failed.set(None);
        spawn_local(async move {
            match api.send(Method::POST, &path, &serde_json::json!({}), None).await {
                Ok(cancelled) => remote.set(cancelled),
                Err(fault) => {
                    // The payment may have been paid in the meantime: show its current state.
                    remote.reload();
                    failed.try_set(Some(fault));
                }
            }
            is_cancelling.try_set(false);
        });
    };
    view! {
        <section class="card">
            <h2>{t("to-be-paid")}</h2>
            <div class="qr-frame"><Qr text=payment.checkout_url.clone() label=t("qr-pay") /></div>
            <CopyField label=t("checkout-url") text=payment.checkout_url.clone() />
            <Alert message=Signal::derive(move || failed.get().map(|why| fault(&why))) />
            {session.may(Scope::Payments).then(|| view! {
                <button class="danger" disabled=move || is_cancelling.get() on:click=cancel>{t("cancel-payment")}</button>
            })}
        </section>
    }
}

/// The refunds of a payment, with the refund URL while one is open.
#[component]
fn Refunds(payment: MerchantPayment) -> impl IntoView {
    let session = session();
    let link = refund_link(&payment);
    let open = payment.refunds.iter().filter(|refund| refund.state == RefundState::Open);
    // All refunds are claimed together, so show the earliest deadline.
    let claim_until = open.map(|refund| refund.claim_until).min();
    view! {
        <section class="card" aria-labelledby="refunds">
            <h2 id="refunds">{t("refunds")}</h2>
            <dl class="facts">
                {payment.refunds.into_iter().map(|refund| view! {
                    <div class="refund">
                        <dt>{session.money(refund.amount)}<span class="hint">{refund.reason}</span></dt>
                        <dd>{refund_state(refund.state)}<br /><span class="hint">{format::time(refund.ended_at.unwrap_or(refund.created_at))}</span></dd>
                    </div>
                }).collect_view()}
            </dl>
            {claim_until.map(|until| view! {
                    <p class="quiet">{tr("refund-waits", [("until", format::date(until).into())])}</p>
                    <div class="qr-frame"><Qr text=link.clone() label=t("qr-refund") /></div>
                    <CopyField label=t("refund-url") text=link />
            })}
        </section>
    }
}

/// The URL at which the payer's wallet claims refunds. Its origin is that of the checkout URL.
fn refund_link(payment: &MerchantPayment) -> String {
    let wallet = payment.checkout_url.split('#').next().unwrap_or_default();
    format!("{wallet}#refund={}", payment.payment_id.as_str())
}
