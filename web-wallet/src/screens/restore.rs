//! Restores a wallet from its recovery phrase or a backup file, also on a device that already has a wallet.

use crate::browser::persist_storage;
use crate::format;
use crate::parts::{Alert, FileField, PhraseField, ResultCard, ScreenTitle, WordList};
use crate::state::{Screen, app};
use crate::text::{self, t, with_amount};
use ecash_core::Amount;
use ecash_wallet::WalletError;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The step of restoring that the screen shows.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// Enter the phrase.
    Typing,
    /// This device has another wallet that was used: the person decides which one to keep.
    OtherWallet,
    /// The mint has not signed anything for this phrase.
    NothingFound,
    /// This amount was restored.
    Found(Amount),
}

/// What the person enters.
#[derive(Clone, Copy)]
struct Typed {
    by_file: RwSignal<bool>,
    words: RwSignal<String>,
    file: RwSignal<String>,
    passphrase: RwSignal<String>,
}

impl Typed {
    fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self { by_file: RwSignal::new(false), words: text(), file: text(), passphrase: text() }
    }

    fn clear(self) {
        for text in [self.words, self.file, self.passphrase] {
            text.set(String::new());
        }
    }
}

#[component]
pub(crate) fn Restore() -> impl IntoView {
    let state = app();
    let typed = Typed::new();
    let error = RwSignal::new(None);
    let step = RwSignal::new(Step::Typing);
    let restore = move || {
        error.set(None);
        let by_file = typed.by_file.get_untracked();
        let [words, file, passphrase] =
            [typed.words, typed.file, typed.passphrase].map(|text| text.get_untracked());
        if by_file && file.is_empty() {
            return error.set(Some(t("restore-file-missing")));
        }
        state.run(
            async move |wallet| {
                if by_file {
                    wallet.restore_from_file(&file, &passphrase).await?;
                } else {
                    wallet.restore_from_phrase(&words).await?;
                }
                // Open the account only if tokens were found. The search itself does not identify an account.
                let restored = wallet.restore().await?;
                if restored.found > 0 {
                    // Ignore errors: the tokens are in the wallet, and the next start opens the account.
                    let _ = wallet.connect().await;
                }
                Ok(restored)
            },
            move |result| match result {
                Ok(restored) if restored.found == 0 => step.set(Step::NothingFound),
                Ok(restored) => {
                    typed.clear();
                    spawn_local(async {
                        let _ = persist_storage().await;
                    });
                    state.work_in_background();
                    step.set(Step::Found(restored.amount));
                }
                Err(WalletError::OtherWallet) => step.set(Step::OtherWallet),
                Err(failure) => {
                    step.set(Step::Typing);
                    error.set(Some(text::error(&failure)));
                }
            },
        );
    };
    move || {
        match (step.get(), state.mint()) {
        (Step::Found(amount), Some(mint)) => {
            let money = format::money(amount, &mint.currency);
            let detail = with_amount("restored", &money);
            view! { <ResultCard title=t("restored-title") amount=money detail=detail /> }.into_any()
        }
        (Step::OtherWallet, _) => {
            view! { <OtherWallet then=Callback::new(move |()| restore()) /> }.into_any()
        }
        (Step::NothingFound, _) => {
            view! { <NothingFound by_file=typed.by_file.get_untracked() retry=Callback::new(move |()| step.set(Step::Typing)) /> }.into_any()
        }
        _ => view! { <Form typed=typed error=error submit=Callback::new(move |()| restore()) /> }.into_any(),
    }
    }
}

/// The form for the recovery phrase, or for a backup file.
#[component]
fn Form(typed: Typed, error: RwSignal<Option<String>>, submit: Callback<()>) -> impl IntoView {
    let state = app();
    let has_used_wallet = state.handle().is_some_and(|wallet| wallet.is_used());
    let back = if has_used_wallet { Screen::Settings } else { Screen::Welcome };
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        submit.run(());
    };
    let switch = move |_| {
        error.set(None);
        typed.by_file.update(|by_file| *by_file = !*by_file);
    };
    view! {
        <ScreenTitle title=t("restore-wallet") back=back />
        <form id="restore" on:submit=on_submit>
            {move || if typed.by_file.get() {
                view! { <File typed=typed /> }.into_any()
            } else {
                view! { <p class="quiet">{t("restore-hint")}</p><PhraseField value=typed.words /> }.into_any()
            }}
            <Alert message=error />
        </form>
        <div class="actions">
            <button class="primary" form="restore" type="submit" disabled=move || state.busy.get()>{t("restore")}</button>
            <button class="link" type="button" disabled=move || state.busy.get() on:click=switch>
                {move || t(if typed.by_file.get() { "restore-by-phrase" } else { "restore-by-file" })}
            </button>
        </div>
    }
}

#[component]
fn File(typed: Typed) -> impl IntoView {
    let passphrase = typed.passphrase;
    view! {
        <p class="quiet">{t("restore-file-hint")}</p>
        <FileField id="restore-file" label=t("restore-file") text=typed.file />
        <div class="field">
            <label for="restore-passphrase">{t("backup-file-passphrase")}</label>
            <input id="restore-passphrase" type="password" autocomplete="current-password" required
                prop:value=move || passphrase.get() on:input=move |event| passphrase.set(event_target_value(&event)) />
        </div>
    }
}

/// Removes a used wallet only after its recovery phrase was shown.
#[component]
fn OtherWallet(then: Callback<()>) -> impl IntoView {
    let state = app();
    let shown = RwSignal::new(Vec::new());
    let error = RwSignal::new(None);
    let holds = move || {
        let money = state.mint().map(|mint| format::money(state.balance().available, &mint.currency));
        match money {
            Some(money) => with_amount("other-wallet", &money),
            None => t("other-wallet-empty"),
        }
    };
    let show = move |_| {
        let words = state.handle().and_then(|wallet| wallet.recovery_phrase().ok());
        shown.set(words.unwrap_or_default());
    };
    let leave = move |_| {
        state.run(
            async |wallet| {
                let (_, shown) = wallet.words_before_leaving()?;
                wallet.leave(shown).await
            },
            move |result| match result {
                Ok(()) => then.run(()),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    let hidden = move || shown.with(Vec::is_empty);
    view! {
        <ScreenTitle title=t("other-wallet-title") back=Screen::Home />
        <section class="card">
            <p>{holds}</p>
            <p class="quiet">{t("other-wallet-hint")}</p>
            <Show when=move || !hidden()>
                <WordList words=shown />
            </Show>
        </section>
        <Alert message=error />
        <div class="actions">
            <Show
                when=hidden
                fallback=move || view! {
                    <button class="danger" disabled=move || state.busy.get() on:click=leave>{t("remove-wallet")}</button>
                }
            >
                <button class="primary" on:click=show>{t("other-wallet-show")}</button>
            </Show>
            <button class="secondary" disabled=move || state.busy.get() on:click=move |_| state.go(Screen::Home)>
                {t("keep-wallet")}
            </button>
        </div>
    }
}

#[component]
fn NothingFound(by_file: bool, retry: Callback<()>) -> impl IntoView {
    let state = app();
    let error = RwSignal::new(None);
    let use_it = move |_| {
        state.run(
            async |wallet| wallet.connect().await,
            move |result| match result {
                Ok(()) => state.go(state.first_screen()),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    view! {
        <ScreenTitle title=t("nothing-found-title") back=Screen::Welcome />
        <p>{t(if by_file { "nothing-found-by-file" } else { "nothing-found" })}</p>
        <Alert message=error />
        <div class="actions">
            <button class="primary" on:click=move |_| retry.run(())>{t(if by_file { "correct-file" } else { "correct-phrase" })}</button>
            <button class="secondary" disabled=move || state.busy.get() on:click=use_it>{t("use-empty-wallet")}</button>
        </div>
    }
}
