//! Pays an amount to a merchant. The wallet makes change automatically.

use crate::browser::page_origin;
use crate::parts::{AmountForm, NotConnected, ResultCard, ScreenTitle, TypedAmount};
use crate::state::{Screen, app};
use crate::text::{self, insufficient_funds, t, tr, with_amount};
use ecash_core::{AccountId, Amount};
use ecash_wallet::checkout_link::Checkout;
use ecash_wallet::{MintInfo, Payment, WalletError};
use leptos::prelude::*;

#[component]
pub(crate) fn Pay() -> impl IntoView {
    let state = app();
    let mint = Memo::new(move |_| state.mint());
    move || match mint.get() {
        Some(mint) => view! { <Payable mint=mint /> }.into_any(),
        None => view! { <ScreenTitle title=t("pay-title") /> <NotConnected /> }.into_any(),
    }
}

#[component]
fn Payable(mint: MintInfo) -> impl IntoView {
    let state = app();
    let merchant = RwSignal::new(mint.default_merchant.map(|id| id.to_string()).unwrap_or_default());
    let merchant_id = Memo::new(move |_| AccountId::new(merchant.get().trim()).ok());
    let typed = TypedAmount::new(mint.currency);
    let error = RwSignal::new(None);
    let paid = RwSignal::new(None::<Payment>);
    let hint = Signal::derive(move || {
        let available = state.balance().available;
        match typed.amount.get().map(|amount| (amount, available.minus(amount))) {
            Some((_, Ok(rest))) => with_amount("remains-amount", &typed.money(rest)),
            Some((amount, Err(_))) => insufficient_funds(&typed.money(available), &typed.money(amount)),
            None => with_amount("balance-amount", &typed.money(available)),
        }
    });
    let ready = Signal::derive(move || {
        let enough = typed.amount.get().is_some_and(|amount| amount <= state.balance().available);
        enough && merchant_id.get().is_some()
    });
    // Open a checkout link that was pasted into the merchant field.
    let typed_merchant = move |text: String| {
        error.set(None);
        match page_origin().and_then(|own| Checkout::of_text(&text, &own)) {
            Some(Ok(link)) => {
                state.checkout.set(Some(link));
                state.go(Screen::Checkout);
            }
            Some(Err(mint)) => error.set(Some(tr("error-other-mint", [("origin", mint.into())]))),
            None => {}
        }
        merchant.set(text);
    };
    let submit = move |amount: Amount| {
        let Some(merchant_id) = merchant_id.get_untracked() else { return };
        error.set(None);
        state.run(
            async move |wallet| wallet.pay(&merchant_id, amount).await,
            move |result| match result {
                Ok(payment) => paid.set(Some(payment)),
                // The activity's screen explains both outcomes and has a button for each.
                Err(WalletError::NotPaidYet(plan_id)) => state.go(Screen::Activity(plan_id.0)),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    move || match paid.get() {
        Some(payment) => {
            let facts = vec![
                (t("merchant"), merchant.get_untracked()),
                (t("transaction"), payment.transaction_id.to_string()),
                (t("remains"), typed.money(state.balance().available)),
            ];
            view! { <ResultCard title=t("paid") amount=typed.money(payment.amount) detail="" facts=facts /> }
                .into_any()
        }
        None => view! {
            <AmountForm
                title=t("pay-title")
                typed=typed
                hint=hint
                error=error
                ready=ready
                all=Signal::derive(move || state.balance().available)
                button=["pay", "pay-amount"]
                submit=Callback::new(submit)
            >
                <div class="field">
                    <label for="merchant">{t("merchant")}</label>
                    <input
                        id="merchant"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        prop:value=move || merchant.get()
                        aria-describedby="merchant-hint"
                        on:input=move |event| typed_merchant(event_target_value(&event))
                    />
                    <p id="merchant-hint" class="hint">{t("merchant-hint")}</p>
                </div>
            </AmountForm>
        }
        .into_any(),
    }
}
