//! Pay: exactly the amount; change happens by itself.

use crate::format;
use crate::parts::{Alert, AmountField, ResultCard, ScreenTitle};
use crate::state::{Screen, app};
use crate::text::{self, t};
use ecash_core::AccountId;
use ecash_wallet::{Payment, WalletError};
use leptos::prelude::*;

#[component]
pub(crate) fn Pay() -> impl IntoView {
    let state = app();
    let Some(mint) = state.mint() else { return ().into_any() };
    let merchant = RwSignal::new(mint.default_merchant.map(|id| id.to_string()).unwrap_or_default());
    let typed = RwSignal::new(String::new());
    let error = RwSignal::new(None);
    let paid = RwSignal::new(None::<Payment>);
    let currency = StoredValue::new(mint.currency);
    let money = move |amount| currency.with_value(|currency| format::money(amount, currency));
    let amount = Memo::new(move |_| {
        currency.with_value(|currency| format::parse_amount(&typed.get(), currency)).filter(|a| !a.is_zero())
    });
    let merchant_id = Memo::new(move |_| AccountId::new(merchant.get().trim()).ok());
    let hint = Signal::derive(move || {
        let available = state.balance().available;
        Some(match amount.get() {
            Some(amount) => match available.minus(amount) {
                Ok(rest) => format!("{}: {}", t::REMAINS, money(rest)),
                Err(_) => text::insufficient_funds(&money(available), &money(amount)),
            },
            None => format!("{}: {}", t::BALANCE, money(available)),
        })
    });
    let ready = move || {
        let enough = amount.get().is_some_and(|amount| amount <= state.balance().available);
        enough && merchant_id.get().is_some() && !state.busy.get()
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some((amount, merchant_id)) = amount.get_untracked().zip(merchant_id.get_untracked()) else {
            return;
        };
        error.set(None);
        state.run(
            async move |wallet| wallet.pay(&merchant_id, amount).await,
            move |result| match result {
                Ok(payment) => paid.set(Some(payment)),
                // The payment's own screen explains both outcomes and has a button for each.
                Err(WalletError::NotPaidYet(plan_id)) => state.go(Screen::Activity(plan_id.0)),
                Err(WalletError::EarlierPaymentMade(earlier)) => {
                    let text =
                        text::earlier_payment_made(&money(earlier.amount), earlier.merchant_id.as_str());
                    error.set(Some(text));
                }
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    (move || match paid.get() {
        Some(payment) => {
            let facts = vec![
                (t::MERCHANT, merchant.get_untracked()),
                (t::TRANSACTION, payment.transaction_id.to_string()),
                (t::REMAINS, money(state.balance().available)),
            ];
            view! { <ResultCard title=t::PAID amount=money(payment.amount) detail="" facts=facts /> }.into_any()
        }
        None => view! {
            <ScreenTitle title=t::PAY_TITLE />
            <form id="pay" on:submit=submit>
                <AmountField value=typed currency=Signal::derive(move || currency.with_value(|c| c.code.to_string())) hint=hint />
                <div class="field">
                    <label for="merchant">{t::MERCHANT}</label>
                    <input
                        id="merchant"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        prop:value=move || merchant.get()
                        on:input=move |event| merchant.set(event_target_value(&event))
                    />
                </div>
                <Alert message=error />
            </form>
            <div class="actions">
                <button class="primary" form="pay" type="submit" disabled=move || !ready()>
                    {move || amount.get().map_or_else(|| t::PAY.to_owned(), |amount| text::pay_button(&money(amount)))}
                </button>
            </div>
        }
        .into_any(),
    })
    .into_any()
}
