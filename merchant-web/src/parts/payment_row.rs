//! A payment in a list.

use crate::route::Screen;
use crate::session::session;
use crate::text::{payment_state, t, tr};
use ecash_core::wire::{MerchantPayment, PaymentState};
use ecash_core::{Amount, LinkId};
use ecash_web_ui::format;
use leptos::prelude::*;

#[component]
pub(crate) fn PaymentRow(payment: MerchantPayment) -> impl IntoView {
    let session = session();
    let total = session.computed(payment.total());
    // A payment of a link has the link's id as its order reference.
    let is_of_link = payment.order_ref.as_deref().is_some_and(|order| LinkId::new(order).is_ok());
    let named = |order: &String| tr("order-named", [("order", order.as_str().into())]);
    let order = if is_of_link { Some(t("by-link")) } else { payment.order_ref.as_ref().map(named) };
    let order = order.map(|order| format!(" · {order}"));
    view! {
        <li>
            <a class="row" href=Screen::Payment(payment.payment_id.clone()).fragment()>
                <span class="row-text">
                    <span class="row-title">{payment.description.clone()}</span>
                    <span class="hint">{format::time(payment.created_at)}{order}</span>
                </span>
                <span class="row-end">
                    <span class="row-amount">{total}</span>
                    <StateTag payment=payment.clone() />
                </span>
            </a>
        </li>
    }
}

/// The state of a payment as a tag.
#[component]
pub(crate) fn StateTag(payment: MerchantPayment) -> impl IntoView {
    let class = match payment.state {
        PaymentState::Paid => "tag",
        PaymentState::Open => "tag open",
        PaymentState::Cancelled | PaymentState::Expired => "tag ended",
    };
    let is_refunded = payment.left_to_refund().is_ok_and(Amount::is_zero);
    let is_partly_refunded = payment.left_to_refund().is_ok_and(|left| Ok(left) != payment.total());
    let word = match payment.state {
        PaymentState::Paid if is_refunded => t("refunded"),
        PaymentState::Paid if is_partly_refunded => t("partly-refunded"),
        state => payment_state(state),
    };
    view! { <span class=class>{word}</span> }
}
