//! Gives cash away as text. The first person who receives it owns the cash.

use crate::parts::{AmountForm, NotConnected, ScreenTitle, TypedAmount};
use crate::state::{Screen, app};
use crate::text::{self, insufficient_funds, t, with_amount};
use ecash_core::Amount;
use ecash_core::token::MAX_MEMO_LEN;
use ecash_wallet::MintInfo;
use leptos::prelude::*;

#[component]
pub(crate) fn Give() -> impl IntoView {
    let state = app();
    let mint = Memo::new(move |_| state.mint());
    move || match mint.get() {
        Some(mint) => view! { <Givable mint=mint /> }.into_any(),
        None => view! { <ScreenTitle title=t("give-title") /> <NotConnected /> }.into_any(),
    }
}

#[component]
fn Givable(mint: MintInfo) -> impl IntoView {
    let state = app();
    let typed = TypedAmount::new(mint.currency);
    let memo = RwSignal::new(String::new());
    let error = RwSignal::new(None);
    let hint = Signal::derive(move || {
        let available = state.balance().available;
        match typed.amount.get() {
            Some(amount) if amount > available => {
                insufficient_funds(&typed.money(available), &typed.money(amount))
            }
            _ => with_amount("balance-amount", &typed.money(available)),
        }
    });
    let ready =
        Signal::derive(move || typed.amount.get().is_some_and(|amount| amount <= state.balance().available));
    let submit = move |amount: Amount| {
        let memo = Some(memo.get_untracked().trim().to_owned()).filter(|memo| !memo.is_empty());
        error.set(None);
        state.run(
            async move |wallet| wallet.give(amount, memo).await,
            move |result| match result {
                // The activity shows the text until it is received.
                Ok(gift) => state.go(Screen::Activity(gift.id.0)),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    view! {
        <AmountForm
            title=t("give-title")
            typed=typed
            hint=hint
            error=error
            ready=ready
            all=Signal::derive(move || state.balance().available)
            button=["give", "give-amount"]
            submit=Callback::new(submit)
        >
            <div class="field">
                <label for="memo">{t("give-memo")}</label>
                <input
                    id="memo"
                    autocomplete="off"
                    // The limit is in bytes, and a character has up to 4.
                    maxlength=(MAX_MEMO_LEN / 4).to_string()
                    prop:value=move || memo.get()
                    on:input=move |event| memo.set(event_target_value(&event))
                />
            </div>
            <p class="hint">{t("give-hint")}</p>
        </AmountForm>
    }
}
