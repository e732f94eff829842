//! The passphrase in the settings: sets, changes or removes it, and locks the wallet.

use super::{Alert, Icon};
use crate::state::app;
use crate::text::{self, t};
use ecash_wallet::WalletError;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// The purpose of the form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Set,
    Change,
    Remove,
}

#[component]
pub(crate) fn Passphrase() -> impl IntoView {
    let state = app();
    let form = RwSignal::new(None::<Form>);
    let done = RwSignal::new(None::<&'static str>);
    let hint = move || {
        if state.is_protected() {
            return t("passphrase-is-set");
        }
        let words = if state.has_phrase() { "passphrase-only-words" } else { "passphrase-no-backup" };
        format!("{} {}", t("passphrase-hint"), t(words))
    };
    let open = move |which: Form| {
        done.set(None);
        form.set(Some(which));
    };
    let button = move |which: Form, label: &'static str| {
        view! { <button class="secondary" on:click=move |_| open(which)>{t(label)}</button> }
    };
    view! {
        <section class="card" aria-labelledby="passphrase-label">
            <h2 id="passphrase-label"><Icon name="lock" /> {t("passphrase")}</h2>
            <p class="quiet">{hint}</p>
            <p class="hint" role="status">{move || done.get().map(t)}</p>
            {move || match form.get() {
                Some(which) => view! { <PassphraseForm which=which close=move |how| { form.set(None); done.set(how); } /> }.into_any(),
                None if state.is_protected() => view! {
                    <button class="secondary" on:click=move |_| state.lock()><Icon name="lock" /> {t("lock-now")}</button>
                    {button(Form::Change, "passphrase-change")}
                    {button(Form::Remove, "passphrase-remove")}
                }.into_any(),
                None => button(Form::Set, "passphrase-set").into_any(),
            }}
        </section>
    }
}

#[component]
fn PassphraseForm(which: Form, close: impl Fn(Option<&'static str>) + Copy + 'static) -> impl IntoView {
    let state = app();
    let [current, new, again] = [(); 3].map(|()| RwSignal::new(String::new()));
    let error = RwSignal::new(None::<String>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        error.set(None);
        let (current, new) = (current.get_untracked(), new.get_untracked());
        if new != again.get_untracked() {
            return error.set(Some(t("passphrase-differ")));
        }
        let then = move |result: Result<(), WalletError>| match result {
            Ok(()) => {
                close(Some(if which == Form::Remove { "passphrase-removed" } else { "passphrase-saved" }))
            }
            Err(failure) => error.set(Some(text::error(&failure))),
        };
        match which {
            Form::Set => state.run(async move |wallet| wallet.set_passphrase(None, &new).await, then),
            Form::Change => {
                state.run(async move |wallet| wallet.set_passphrase(Some(&current), &new).await, then);
            }
            Form::Remove => state.run(async move |wallet| wallet.remove_passphrase(&current).await, then),
        }
    };
    let field = move |id: &'static str, value: RwSignal<String>, autocomplete: &'static str| {
        view! {
            <div class="field">
                <label for=id>{t(id)}</label>
                <input id=id type="password" autocomplete=autocomplete required
                    prop:value=move || value.get() on:input=move |event| value.set(event_target_value(&event)) />
            </div>
        }
    };
    let label = match which {
        Form::Set => "passphrase-set",
        Form::Change => "passphrase-change",
        Form::Remove => "passphrase-remove",
    };
    view! {
        <form on:submit=submit>
            {(which != Form::Set).then(|| field("passphrase-current", current, "current-password"))}
            {(which != Form::Remove).then(|| view! {
                {field("passphrase-new", new, "new-password")}
                {field("passphrase-again", again, "new-password")}
            })}
            <Alert message=error />
            <button class="secondary" type="submit" disabled=move || state.busy.get()>
                {move || t(if state.busy.get() { "saving" } else { label })}
            </button>
            <button class="link" type="button" disabled=move || state.busy.get() on:click=move |_| close(None)>{t("cancel")}</button>
        </form>
    }
}
