//! Gives cash away as text. The first person who receives it owns the cash.

use crate::browser::replace_fragment;
use crate::format;
use crate::parts::{AmountForm, NotConnected, ScreenTitle, TypedAmount};
use crate::state::{Screen, app};
use crate::text::{self, insufficient_funds, t, with_amount};
use ecash_core::Amount;
use ecash_core::token::MAX_MEMO_LEN;
use ecash_wallet::MintInfo;
use ecash_wallet::cash_request::CashRequest;
use leptos::prelude::*;

#[component]
pub(crate) fn Give() -> impl IntoView {
    let state = app();
    let mint = Memo::new(move |_| state.mint());
    move || match mint.get() {
        // A request that is opened meanwhile replaces the form.
        Some(mint) => view! { <Givable mint=mint asked=state.asked.get() /> }.into_any(),
        None => view! { <ScreenTitle title=t("give-title") /> <NotConnected /> }.into_any(),
    }
}

#[component]
fn Givable(mint: MintInfo, asked: Option<CashRequest>) -> impl IntoView {
    let state = app();
    let currency = mint.currency.clone();
    let typed = TypedAmount::new(mint.currency);
    let memo = RwSignal::new(String::new());
    let mut other_currency = false;
    if let Some(asked) = &asked {
        other_currency = asked.currency != currency;
        if !other_currency {
            typed.text.set(typed.number(asked.amount));
            memo.set(asked.note.clone().unwrap_or_default());
        }
    }
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
    // Replaces the request in the address too, so that the back button does not show it again.
    let end_request = move || {
        if state.asked.with_untracked(Option::is_some) {
            replace_fragment("/give");
            state.asked.set(None);
        }
    };
    let submit = move |amount: Amount| {
        let memo = Some(memo.get_untracked().trim().to_owned()).filter(|memo| !memo.is_empty());
        error.set(None);
        state.run(
            async move |wallet| wallet.give(amount, memo).await,
            move |result| match result {
                // The activity shows the text until it is received.
                Ok(gift) => {
                    end_request();
                    state.go(Screen::Activity(gift.id.0));
                }
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    let dismiss = move |_| {
        end_request();
        state.go(Screen::Home);
    };
    let lead = asked.map(|asked| view! {
        <section class="card" aria-labelledby="asked-label">
            <h2 id="asked-label">{with_amount("asked-title", &format::money(asked.amount, &asked.currency))}</h2>
            {asked.note.map(|note| view! { <p class="memo"><bdi>{note}</bdi></p> })}
            <p class="quiet">{t(if other_currency { "asked-other-currency" } else { "asked-hint" })}</p>
            <button class="link" on:click=dismiss>{t("asked-dismiss")}</button>
        </section>
    });
    view! {
        <AmountForm
            title=t("give-title")
            lead=lead.into_any()
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
