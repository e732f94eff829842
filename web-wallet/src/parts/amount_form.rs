//! A form that asks for an amount and submits it.

use super::{Alert, AmountField, ScreenTitle};
use crate::format;
use crate::state::app;
use crate::text::{t, with_amount};
use ecash_core::{Amount, Currency};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// The amount being typed, in the mint's currency.
#[derive(Clone, Copy)]
pub(crate) struct TypedAmount {
    pub(crate) text: RwSignal<String>,
    /// `None` while the text is not an amount greater than zero.
    pub(crate) amount: Memo<Option<Amount>>,
    currency: StoredValue<Currency>,
}

impl TypedAmount {
    pub(crate) fn new(currency: Currency) -> Self {
        let text = RwSignal::new(String::new());
        let currency = StoredValue::new(currency);
        let amount = Memo::new(move |_| {
            let typed = currency.with_value(|currency| format::parse_amount(&text.get(), currency));
            typed.filter(|amount| !amount.is_zero())
        });
        Self { text, amount, currency }
    }

    /// Formats an amount with the currency.
    pub(crate) fn money(self, amount: Amount) -> String {
        self.currency.with_value(|currency| format::money(amount, currency))
    }

    /// Formats an amount as a person types it.
    pub(crate) fn number(self, amount: Amount) -> String {
        self.currency.with_value(|currency| format::amount(amount, currency))
    }

    /// The number of minor units in one major unit.
    pub(crate) fn minor_units(self) -> u64 {
        self.currency.with_value(|currency| 10_u64.pow(u32::from(currency.exponent)))
    }
}

#[component]
pub(crate) fn AmountForm(
    #[prop(into)] title: String,
    typed: TypedAmount,
    #[prop(into)] hint: Signal<String>,
    #[prop(into)] error: Signal<Option<String>>,
    /// Whether the amount can be submitted. An amount of zero never can.
    #[prop(into)]
    ready: Signal<bool>,
    /// The ids of the button's texts, without and with an amount.
    button: [&'static str; 2],
    submit: Callback<Amount>,
    /// The whole balance, offered as a button.
    #[prop(optional, into)]
    all: Option<Signal<Amount>>,
    /// Shown between title and form.
    #[prop(optional)]
    lead: Option<AnyView>,
    /// More fields, below the amount.
    children: Children,
) -> impl IntoView {
    let state = app();
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(amount) = typed.amount.get_untracked() {
            submit.run(amount);
        }
    };
    let currency = typed.currency.with_value(|currency| currency.code.to_string());
    let [without_amount, with] = button;
    let label = move || match typed.amount.get() {
        Some(amount) => with_amount(with, &typed.money(amount)),
        None => t(without_amount),
    };
    let disabled = move || state.busy.get() || typed.amount.get().is_none() || !ready.get();
    view! {
        <ScreenTitle title=title />
        {lead}
        <form id="amount-form" on:submit=on_submit>
            <AmountField value=typed.text currency=currency hint=hint />
            {all.map(|all| view! { <All amount=all typed=typed /> })}
            {children()}
            <Alert message=error />
        </form>
        <div class="actions">
            <button class="primary" form="amount-form" type="submit" disabled=disabled>{label}</button>
        </div>
    }
}

/// A button that fills in the whole balance.
#[component]
fn All(amount: Signal<Amount>, typed: TypedAmount) -> impl IntoView {
    let fill = move |_| typed.text.set(typed.number(amount.get_untracked()));
    view! {
        <Show when=move || !amount.get().is_zero()>
            <div class="chips">
                <button type="button" class="chip" on:click=fill>
                    {move || with_amount("all-amount", &typed.money(amount.get()))}
                </button>
            </div>
        </Show>
    }
}
