//! Withdraws money from the account as cash on this device.

use crate::parts::{AmountForm, NotConnected, ResultCard, ScreenTitle, TypedAmount};
use crate::state::app;
use crate::text::{self, t, with_amount};
use ecash_core::{Amount, Currency};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Amounts offered as buttons, in major units.
const PRESETS: [u64; 3] = [50, 100, 500];

#[component]
pub(crate) fn Withdraw() -> impl IntoView {
    let state = app();
    let currency = Memo::new(move |_| state.mint().map(|mint| mint.currency));
    move || match currency.get() {
        Some(currency) => view! { <Withdrawable currency=currency /> }.into_any(),
        None => view! { <ScreenTitle title=t("withdraw-title") /> <NotConnected /> }.into_any(),
    }
}

#[component]
fn Withdrawable(currency: Currency) -> impl IntoView {
    let state = app();
    let typed = TypedAmount::new(currency);
    if let Some(amount) = state.to_withdraw.try_update(Option::take).flatten() {
        typed.text.set(typed.number(amount));
    }
    let error = RwSignal::new(None);
    let account = RwSignal::new(None::<Amount>);
    let withdrawn = RwSignal::new(None::<Amount>);
    spawn_local(async move {
        let Some(wallet) = state.handle() else { return };
        match wallet.account().await {
            Ok(shown) => account.set(Some(shown.balance)),
            Err(failure) => error.set(Some(text::error(&failure))),
        }
    });
    let hint = Signal::derive(move || match account.get() {
        Some(balance) => with_amount("account-holds", &typed.money(balance)),
        None if error.with(Option::is_some) => String::new(),
        None => t("account-loading"),
    });
    let submit = move |amount: Amount| {
        error.set(None);
        state.run(
            async move |wallet| wallet.withdraw(amount).await,
            move |result| match result {
                Ok(()) => withdrawn.set(Some(amount)),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    move || {
        match withdrawn.get() {
        Some(amount) => view! {
            <ResultCard title=t("withdrawn") amount=format!("+{}", typed.money(amount)) detail=t("balance") />
        }
        .into_any(),
        None => view! {
            <AmountForm
                title=t("withdraw-title")
                typed=typed
                hint=hint
                error=error
                ready=true
                button=["withdraw", "withdraw-amount"]
                submit=Callback::new(submit)
            >
                <div class="chips">
                    {PRESETS.into_iter().map(|units| view! { <Preset units=units typed=typed /> }).collect_view()}
                </div>
            </AmountForm>
        }
        .into_any(),
    }
    }
}

/// A button that fills in an amount. Renders nothing if the currency cannot express the amount.
#[component]
fn Preset(units: u64, typed: TypedAmount) -> impl IntoView {
    let minor = units.checked_mul(typed.minor_units()).and_then(|minor| Amount::new(minor).ok());
    minor.map(|_| {
        let label = units.to_string();
        view! {
            <button type="button" class="chip" on:click=move |_| typed.text.set(units.to_string())>{label}</button>
        }
    })
}
