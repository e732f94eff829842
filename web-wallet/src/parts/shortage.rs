//! What to do about a payment that the wallet holds too little for: withdraw what is missing and pay in one step, or withdraw more
//! first, which hides the payment better.

use super::Icon;
use crate::format;
use crate::state::{Screen, app};
use crate::text::{t, with_amount};
use ecash_core::denominations::nearest_payable;
use ecash_core::wire::MAX_ITEMS;
use ecash_core::{Amount, Currency, Denomination};
use leptos::prelude::*;

#[component]
pub(crate) fn Shortage(
    /// What is missing.
    missing: Amount,
    currency: Currency,
    /// The buttons do nothing yet.
    #[prop(into)]
    disabled: Signal<bool>,
    /// Withdraws an amount, then pays.
    withdraw_and_pay: Callback<Amount>,
) -> impl IntoView {
    let state = app();
    let denominations = state.mint().map(|mint| mint.denominations).unwrap_or_default();
    let to_withdraw = withdrawable(missing, &denominations);
    let one_step = to_withdraw.map(|amount| {
        let label = with_amount("withdraw-and-pay", &format::money(amount, &currency));
        view! {
            <p class="hint">{t("withdraw-and-pay-hint")}</p>
            <button class="primary" disabled=disabled on:click=move |_| withdraw_and_pay.run(amount)>{label}</button>
        }
    });
    let more = move |_| {
        state.to_withdraw.set(to_withdraw.and_then(|amount| withdrawable(doubled(amount)?, &denominations)));
        state.go(Screen::Withdraw);
    };
    view! {
        {one_step}
        <button class="secondary" on:click=more><Icon name="landmark" /> {t("withdraw-more")}</button>
    }
}

/// Returns the amount that tokens of these denominations can express: this one, or the next larger.
fn withdrawable(amount: Amount, denominations: &[Denomination]) -> Option<Amount> {
    nearest_payable(amount, denominations, MAX_ITEMS).1
}

fn doubled(amount: Amount) -> Option<Amount> {
    amount.plus(amount).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_withdrawn_exactly_is_rounded_up() {
        let denominations = [50, 100].map(|minor| Denomination::new(minor).unwrap());
        let amount = |minor| Amount::new(minor).unwrap();
        assert_eq!(withdrawable(amount(150), &denominations), Some(amount(150)));
        assert_eq!(withdrawable(amount(151), &denominations), Some(amount(200)));
        assert_eq!(withdrawable(amount(10), &[]), None);
    }
}
