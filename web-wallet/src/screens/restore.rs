//! Bringing a wallet back from its words, also on a device that has a wallet already.

use crate::browser::persist_storage;
use crate::format;
use crate::parts::{Alert, ResultCard, ScreenTitle, WordList};
use crate::state::{Screen, app};
use crate::text::{self, t};
use ecash_core::Amount;
use ecash_wallet::WalletError;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The step of restoring that the screen shows.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// The words are typed.
    Typing,
    /// Another wallet is on this device and has been used.
    OtherWallet,
    /// These words found nothing at this mint.
    NothingFound,
    /// So much is back.
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
                // The account is opened only for words that are the right ones: searching names no account.
                let restored = wallet.restore().await?;
                if restored.found > 0 {
                    // What was found is the wallet's already; the account is opened at the next start if not now.
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
            view! { <ResultCard title=t::DONE amount=money.clone() detail=text::restored(&money) /> }
                .into_any()
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

/// The form that takes the recovery words.
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
        <ScreenTitle title=t::RESTORE_TITLE back=back />
        <form id="restore" on:submit=on_submit>
            <p class="quiet">{t::RESTORE_HINT}</p>
            <div class="field">
                <label for="words">{t::RESTORE_WORDS}</label>
                <textarea
                    id="words"
                    rows="4"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    prop:value=move || words.get()
                    on:input=move |event| words.set(event_target_value(&event))
                ></textarea>
            </div>
            <Alert message=error />
        </form>
        <div class="actions">
            <button class="primary" form="restore" type="submit" disabled=move || state.busy.get()>{t::RESTORE}</button>
        </div>
    }
}

/// A used wallet is left only after its words were shown.
#[component]
fn OtherWallet(then: Callback<()>) -> impl IntoView {
    let state = app();
    let shown = RwSignal::new(Vec::new());
    let error = RwSignal::new(None);
    let holds = move || {
        let money = state.mint().map(|mint| format::money(state.balance().available, &mint.currency));
        text::other_wallet(&money.unwrap_or_default())
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
        <ScreenTitle title=t::OTHER_WALLET_TITLE back=Screen::Home />
        <section class="card">
            <p>{holds}</p>
            <p class="quiet">{t::OTHER_WALLET_HINT}</p>
            <Show when=move || !hidden()>
                <WordList words=shown />
            </Show>
        </section>
        <Alert message=error />
        <div class="actions">
            <Show
                when=hidden
                fallback=move || view! {
                    <button class="danger" disabled=move || state.busy.get() on:click=leave>{t::LEAVE_WALLET}</button>
                }
            >
                <button class="primary" on:click=show>{t::OTHER_WALLET_SHOW}</button>
            </Show>
            <button class="secondary" disabled=move || state.busy.get() on:click=move |_| state.go(Screen::Home)>
                {t::KEEP_WALLET}
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
        <ScreenTitle title=t::NOTHING_FOUND_TITLE back=Screen::Welcome />
        <p>{t::NOTHING_FOUND}</p>
        <Alert message=error />
        <div class="actions">
            <button class="primary" on:click=move |_| retry.run(())>{t::OTHER_WORDS}</button>
            <button class="secondary" disabled=move || state.busy.get() on:click=use_it>{t::USE_EMPTY_WALLET}</button>
        </div>
    }
}
