//! Restores a wallet from its recovery phrase, also on a device that already has a wallet.

use crate::browser::persist_storage;
use crate::format;
use crate::parts::{Alert, PhraseField, ResultCard, ScreenTitle, WordList};
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

#[component]
pub(crate) fn Restore() -> impl IntoView {
    let state = app();
    let words = RwSignal::new(String::new());
    let error = RwSignal::new(None);
    let step = RwSignal::new(Step::Typing);
    let restore = move || {
        error.set(None);
        let typed = words.get_untracked();
        state.run(
            async move |wallet| {
                wallet.restore_from_phrase(&typed).await?;
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
                    words.set(String::new());
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
    move || match (step.get(), state.mint()) {
        (Step::Found(amount), Some(mint)) => {
            let money = format::money(amount, &mint.currency);
            let detail = with_amount("restored", &money);
            view! { <ResultCard title=t("restored-title") amount=money detail=detail /> }.into_any()
        }
        (Step::OtherWallet, _) => {
            view! { <OtherWallet then=Callback::new(move |()| restore()) /> }.into_any()
        }
        (Step::NothingFound, _) => {
            view! { <NothingFound retry=Callback::new(move |()| step.set(Step::Typing)) /> }.into_any()
        }
        _ => view! { <Words words=words error=error submit=Callback::new(move |()| restore()) /> }.into_any(),
    }
}

/// The form for the recovery phrase.
#[component]
fn Words(words: RwSignal<String>, error: RwSignal<Option<String>>, submit: Callback<()>) -> impl IntoView {
    let state = app();
    let has_used_wallet = state.handle().is_some_and(|wallet| wallet.is_used());
    let back = if has_used_wallet { Screen::Settings } else { Screen::Welcome };
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        submit.run(());
    };
    view! {
        <ScreenTitle title=t("restore-wallet") back=back />
        <form id="restore" on:submit=on_submit>
            <p class="quiet">{t("restore-hint")}</p>
            <PhraseField value=words />
            <Alert message=error />
        </form>
        <div class="actions">
            <button class="primary" form="restore" type="submit" disabled=move || state.busy.get()>{t("restore")}</button>
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
fn NothingFound(retry: Callback<()>) -> impl IntoView {
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
        <p>{t("nothing-found")}</p>
        <Alert message=error />
        <div class="actions">
            <button class="primary" on:click=move |_| retry.run(())>{t("correct-phrase")}</button>
            <button class="secondary" disabled=move || state.busy.get() on:click=use_it>{t("use-empty-wallet")}</button>
        </div>
    }
}
