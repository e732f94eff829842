//! The refunds of a payment, read from the mint when the payment is shown.

use super::RefundList;
use crate::state::{Screen, app};
use crate::text::t;
use ecash_core::PaymentId;
use ecash_core::wire::PaymentView;
use ecash_wallet::checkout_link::Checkout;
use leptos::prelude::*;

#[component]
pub(crate) fn PaymentRefunds(payment_id: PaymentId) -> impl IntoView {
    let state = app();
    let found = RwSignal::new(None::<PaymentView>);
    let asked = StoredValue::new(false);
    let id = StoredValue::new(payment_id);
    Effect::new(move |_| {
        // Ask once, as soon as no other operation runs. On an error, show nothing: the payment itself is
        // complete.
        if state.busy.get() || asked.get_value() {
            return;
        }
        asked.set_value(true);
        let id = id.get_value();
        state.run(
            async move |wallet| wallet.payment(&id).await,
            move |result| found.set(result.ok().filter(|view| !view.refunds.is_empty())),
        );
    });
    move || {
        let view = found.get()?;
        let waits = !view.claimable().is_zero();
        let go = move |_| {
            state.checkout.set(Some(Checkout::Refund(id.get_value())));
            state.go(Screen::Checkout);
        };
        Some(view! {
            <div class="about-payment" role="status">
                <h3>{t("refund-title")}</h3>
                <RefundList view=view />
                {waits.then(|| view! { <button class="primary" on:click=go>{t("refund-continue")}</button> })}
            </div>
        })
    }
}
