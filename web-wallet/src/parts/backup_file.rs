//! Makes a backup file: recovery phrase and history, encrypted under a passphrase of its own.

use super::{Alert, Icon};
use crate::browser::text_file;
use crate::state::app;
use crate::text::{self, t};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

#[derive(Clone, PartialEq, Eq)]
enum Step {
    Closed,
    /// Ask for the passphrase.
    Typing,
    /// The encrypted file, to be saved.
    Ready(String),
    Kept,
}

#[component]
pub(crate) fn BackupFile() -> impl IntoView {
    let step = RwSignal::new(Step::Closed);
    view! {
        <section class="card" aria-labelledby="backup-file-label">
            <h2 id="backup-file-label"><Icon name="download" /> {t("backup-file-title")}</h2>
            <p class="quiet">{t("backup-file-hint")}</p>
            {move || match step.get() {
                Step::Closed => view! {
                    <button class="secondary" on:click=move |_| step.set(Step::Typing)>{t("backup-file-make")}</button>
                }.into_any(),
                Step::Typing => view! { <Encrypt step=step /> }.into_any(),
                Step::Ready(file) => view! { <Save file=file step=step /> }.into_any(),
                Step::Kept => view! { <p class="hint" role="status">{t("backup-file-kept")}</p> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Encrypt(step: RwSignal<Step>) -> impl IntoView {
    let state = app();
    let [passphrase, again] = [(); 2].map(|()| RwSignal::new(String::new()));
    let error = RwSignal::new(None::<String>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        error.set(None);
        let typed = passphrase.get_untracked();
        if typed != again.get_untracked() {
            return error.set(Some(t("passphrase-differ")));
        }
        state.run(
            async move |wallet| wallet.backup_file(&typed).await,
            move |result| match result {
                Ok(file) => step.set(Step::Ready(file)),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    let field = move |id: &'static str, value: RwSignal<String>| {
        view! {
            <div class="field">
                <label for=id>{t(id)}</label>
                <input id=id type="password" autocomplete="new-password" required
                    prop:value=move || value.get() on:input=move |event| value.set(event_target_value(&event)) />
            </div>
        }
    };
    let label = move || t(if state.busy.get() { "backup-file-encrypting" } else { "backup-file-encrypt" });
    view! {
        <form on:submit=submit>
            {field("backup-file-passphrase", passphrase)}
            {field("backup-file-again", again)}
            <Alert message=error />
            <button class="secondary" type="submit" disabled=move || state.busy.get()>{label}</button>
            <button class="link" type="button" disabled=move || state.busy.get() on:click=move |_| step.set(Step::Closed)>{t("cancel")}</button>
        </form>
    }
}

/// Offers the file. The browser does not tell whether a download was saved, so the person confirms it.
#[component]
fn Save(file: String, step: RwSignal<Step>) -> impl IntoView {
    let state = app();
    let error = RwSignal::new(None::<String>);
    let kept = move |_| {
        state.run(
            async |wallet| wallet.keep_backup_file().await,
            move |result| match result {
                Ok(()) => step.set(Step::Kept),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    view! {
        <p role="status">{t("backup-file-ready")}</p>
        <a class="button secondary" href=text_file(&file) download="ecash-backup.json"><Icon name="download" /> {t("save-file")}</a>
        <Alert message=error />
        <button class="secondary" disabled=move || state.busy.get() on:click=kept>{t("backup-file-saved")}</button>
    }
}
