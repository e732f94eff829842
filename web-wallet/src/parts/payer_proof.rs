//! Proves to a shop that this wallet paid, by answering the shop's question. The answer reveals nothing else.

use super::{Alert, Icon};
use crate::browser::copy;
use crate::state::app;
use crate::text::{self, t, tr};
use ecash_wallet::{Activity, PaidPayment};
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn PayerProof(activity: Activity) -> impl IntoView {
    let state = app();
    let provable =
        |payment: &&PaidPayment| payment.refund_commitment.is_some() && state.receipt_of(&activity).is_ok();
    let payment = activity.payment.as_ref().filter(provable)?;
    let verified = payment.merchant_origin.as_ref().map(ToString::to_string);
    let shop = verified.unwrap_or_else(|| payment.merchant_name.clone());
    let activity = StoredValue::new(activity);
    let opened = RwSignal::new(false);
    let question = RwSignal::new(String::new());
    let answer = RwSignal::new(None::<String>);
    let error = RwSignal::new(None);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match activity.with_value(|activity| state.prove_payment(activity, &question.get_untracked())) {
            Ok(proof) => {
                error.set(None);
                answer.set(Some(proof));
            }
            Err(failure) => {
                answer.set(None);
                error.set(Some(text::error(&failure)));
            }
        }
    };
    Some(view! {
        <div class="about-payment">
            <button class="link" aria-expanded=move || opened.get().to_string() on:click=move |_| opened.update(|opened| *opened = !*opened)>
                {t("payer-proof-open")}
            </button>
            <Show when=move || opened.get()>
                <form class="stack" on:submit=submit>
                    <p class="quiet">{tr("payer-proof-hint", [("shop", shop.as_str().into())])}</p>
                    <div class="field">
                        <label for="question">{t("payer-proof-question")}</label>
                        <input
                            id="question"
                            autocomplete="off"
                            autocapitalize="none"
                            spellcheck="false"
                            prop:value=move || question.get()
                            aria-invalid=move || error.with(Option::is_some).then_some("true")
                            on:input=move |event| {
                                question.set(event_target_value(&event));
                                // Clear the answer to the previous question, so that it is not copied.
                                answer.set(None);
                                error.set(None);
                            }
                        />
                    </div>
                    <Alert message=error />
                    <button class="secondary" type="submit" disabled=move || question.with(|text| text.trim().is_empty())>
                        {t("payer-proof-make")}
                    </button>
                </form>
                <p class="quiet" role="status">{move || answer.with(Option::is_some).then(|| t("payer-proof-made"))}</p>
                {move || answer.get().map(|proof| view! { <Answer proof=proof /> })}
            </Show>
        </div>
    })
}

#[component]
fn Answer(proof: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let text = StoredValue::new(proof.clone());
    let copy_answer = move |_| {
        spawn_local(async move { copied.set(copy(&text.get_value()).await) });
    };
    view! {
        <div class="field stack">
            <label for="answer">{t("payer-proof-answer")}</label>
            <textarea id="answer" rows="3" readonly prop:value=proof></textarea>
        </div>
        <button class="secondary" on:click=copy_answer>
            <Icon name="copy" /> {move || if copied.get() { t("copied") } else { t("copy") }}
        </button>
    }
}
