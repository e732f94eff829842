//! Claims the refunds of a payment, opened by the shop's refund link. Works also for a restored wallet that
//! no longer stores the payment.

use crate::format;
use crate::parts::{Alert, Icon, NotConnected, RefundList, ResultCard, ScreenTitle};
use crate::state::{Screen, app};
use crate::text::{self, t, with_amount};
use ecash_core::wire::PaymentView;
use ecash_core::{Amount, PaymentId};
use leptos::prelude::*;

/// The state of the screen.
#[derive(Clone)]
enum Asked {
    Loading,
    Failed(String),
    Shown(PaymentView),
    Claimed(PaymentView, Amount),
}

#[component]
pub(crate) fn Refund(payment_id: PaymentId) -> impl IntoView {
    let state = app();
    let connected = Memo::new(move |_| state.mint().is_some());
    let asked = RwSignal::new(Asked::Loading);
    let error = RwSignal::new(None);
    let id = StoredValue::new(payment_id);
    let load = move || {
        asked.set(Asked::Loading);
        let id = id.get_value();
        state.run(
            async move |wallet| wallet.payment(&id).await,
            move |result| {
                asked.set(match result {
                    Ok(view) => Asked::Shown(view),
                    Err(failure) => Asked::Failed(text::error(&failure)),
                });
            },
        );
    };
    // Wait while another operation runs, such as those that resume at the start.
    Effect::new(move |_| {
        if connected.get() && !state.busy.get() && matches!(asked.get_untracked(), Asked::Loading) {
            load();
        }
    });
    move || {
        let title = view! { <ScreenTitle title=t("refund-title") /> };
        if !connected.get() {
            return view! { {title} <NotConnected /> }.into_any();
        }
        match asked.get() {
            Asked::Loading => {
                view! { {title} <p class="quiet center" role="status">{t("refund-loading")}</p> }.into_any()
            }
            Asked::Failed(why) => view! {
                {title}
                <Alert message=Signal::derive(move || Some(why.clone())) />
                <div class="actions">
                    <button class="primary" disabled=move || state.busy.get() on:click=move |_| load()>{t("try-again")}</button>
                </div>
            }
            .into_any(),
            Asked::Shown(view) => {
                let failed = Callback::new(move |why| {
                    error.set(Some(why));
                    // The refunds shown may be outdated.
                    load();
                });
                let shown = view.clone();
                let claimed = Callback::new(move |amount| {
                    state.checkout.set(None);
                    asked.set(Asked::Claimed(shown.clone(), amount));
                });
                view! { {title} <Shown view=view error=error claimed=claimed failed=failed /> }.into_any()
            }
            Asked::Claimed(view, amount) => {
                let facts = vec![
                    (t("merchant"), view.merchant.name),
                    (t("balance"), format::money(state.balance().available, &view.currency)),
                ];
                let amount = format::money(amount, &view.currency);
                view! { <ResultCard title=t("kind-refund") amount=amount detail="" facts=facts note=None next=None /> }
                    .into_any()
            }
        }
    }
}

/// The refunds of the payment, and a button that claims the open ones.
#[component]
fn Shown(
    view: PaymentView,
    error: RwSignal<Option<String>>,
    claimed: Callback<Amount>,
    failed: Callback<String>,
) -> impl IntoView {
    let state = app();
    let waiting = view.claimable();
    let label = with_amount("refund-claim", &format::money(waiting, &view.currency));
    let asked = StoredValue::new(view.clone());
    let claim = move |_| {
        let view = asked.get_value();
        state.run(
            async move |wallet| wallet.claim_refunds(&view).await,
            move |result| match result {
                Ok(amount) => claimed.run(amount),
                Err(failure) => failed.run(text::error(&failure)),
            },
        );
    };
    let done = move |_| {
        state.checkout.set(None);
        state.go(Screen::Home);
    };
    let button = if waiting.is_zero() {
        view! { <button class="primary" on:click=done>{t("done")}</button> }.into_any()
    } else {
        view! {
            <button class="primary" disabled=move || state.busy.get() on:click=claim>{label}</button>
        }
        .into_any()
    };
    view! {
        <section class="receipt">
            <span class="receipt-mark plain"><Icon name="store" /></span>
            <h2 class="large">{view.merchant.name.clone()}</h2>
            <p class="quiet">{view.description.clone()}</p>
            <RefundList view=view />
        </section>
        <Alert message=error />
        <div class="actions">{button}</div>
    }
}
