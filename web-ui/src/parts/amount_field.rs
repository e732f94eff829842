//! A large field for an amount, with its currency beside it.

use crate::text::t;
use leptos::prelude::*;

#[component]
pub fn AmountField(
    value: RwSignal<String>,
    currency: String,
    #[prop(into)] hint: Signal<String>,
    /// The label of the field.
    #[prop(default = t("amount"))]
    label: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for="amount">{label}</label>
            <div class="amount-field">
                <input
                    id="amount"
                    name="amount"
                    inputmode="decimal"
                    autocomplete="off"
                    placeholder="0"
                    aria-describedby="amount-hint"
                    prop:value=move || value.get()
                    on:input=move |event| value.set(event_target_value(&event))
                />
                <span class="currency" aria-hidden="true">{currency}</span>
            </div>
            <p id="amount-hint" class="hint" role="status">{move || hint.get()}</p>
        </div>
    }
}
