//! Withdraw: account money becomes cash on this device.

use crate::format;
use crate::parts::{Alert, AmountField, ResultCard, ScreenTitle};
use crate::state::app;
use crate::text::{self, t};
use ecash_core::Amount;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn Withdraw() -> impl IntoView {
    let state = app();
    let typed = RwSignal::new(String::new());
    let error = RwSignal::new(None);
    let account = RwSignal::new(None::<Amount>);
    let withdrawn = RwSignal::new(None::<Amount>);
    let Some(currency) = state.mint().map(|mint| mint.currency) else { return ().into_any() };
    let currency = StoredValue::new(currency);
    spawn_local(async move {
        let Some(wallet) = state.handle() else { return };
        match wallet.account().await {
            Ok(shown) => account.set(Some(shown.balance)),
            Err(failure) => error.set(Some(text::error(&failure))),
        }
    });
    let amount = Memo::new(move |_| {
        currency.with_value(|currency| format::parse_amount(&typed.get(), currency)).filter(|a| !a.is_zero())
    });
    let money = move |amount| currency.with_value(|currency| format::money(amount, currency));
    let hint = Signal::derive(move || {
        Some(match account.get() {
            Some(balance) => format!("{} {}", t::ACCOUNT_HOLDS, money(balance)),
            None => t::ACCOUNT_LOADING.to_owned(),
        })
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(amount) = amount.get_untracked() else { return };
        error.set(None);
        state.run(
            async move |wallet| wallet.withdraw(amount).await,
            move |result| match result {
                Ok(()) => withdrawn.set(Some(amount)),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    let presets = [50_u64, 100, 500].map(|units| {
        let minor = currency.with_value(|currency| units.saturating_mul(10_u64.pow(u32::from(currency.exponent))));
        let label = units.to_string();
        let value = label.clone();
        Amount::new(minor).ok().map(|_| {
            view! { <button type="button" class="chip" on:click=move |_| typed.set(value.clone())>{label}</button> }
        })
    });
    let presets = StoredValue::new_local(Some(presets));
    (move || match withdrawn.get() {
        Some(amount) => view! {
            <ResultCard title=t::WITHDRAWN amount=format!("+{}", money(amount)) detail=t::BALANCE />
        }
        .into_any(),
        None => view! {
            <ScreenTitle title=t::WITHDRAW_TITLE />
            <form id="withdraw" on:submit=submit>
                <AmountField value=typed currency=Signal::derive(move || currency.with_value(|c| c.code.to_string())) hint=hint />
                <div class="chips">{presets.try_update_value(Option::take).flatten()}</div>
                <Alert message=error />
            </form>
            <div class="actions">
                <button class="primary" form="withdraw" type="submit" disabled=move || state.busy.get() || amount.get().is_none()>
                    {move || amount.get().map_or_else(|| t::WITHDRAW.to_owned(), |amount| text::withdraw_button(&money(amount)))}
                </button>
            </div>
        }
        .into_any(),
    })
    .into_any()
}
