//! Settings: recovery words, storage, the mint.

use crate::browser::{copy, persist_storage};
use crate::format;
use crate::parts::{Icon, ScreenTitle, WordList};
use crate::state::{Screen, app};
use crate::text::t;
use ecash_core::Denomination;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn SettingsScreen() -> impl IntoView {
    view! {
        <ScreenTitle title=t::SETTINGS />
        <Words />
        <Storage />
        <Mint />
    }
}

#[component]
fn Words() -> impl IntoView {
    let state = app();
    let shown = RwSignal::new(false);
    let copied = RwSignal::new(false);
    let words = move || {
        let words = state.handle().filter(|_| shown.get()).and_then(|wallet| wallet.recovery_phrase().ok());
        words.unwrap_or_default()
    };
    let copy_words = move |_| {
        let text = words().join(" ");
        spawn_local(async move { copied.set(copy(&text).await) });
    };
    view! {
        <section class="card" aria-labelledby="words-label">
            <h2 id="words-label"><Icon name="key-round" /> {t::WORDS_TITLE}</h2>
            <p class="quiet">{t::WORDS_HINT}</p>
            <Show when=move || shown.get()>
                <WordList words=Signal::derive(words) />
                <button class="link" on:click=copy_words>
                    <Icon name="copy" /> {move || if copied.get() { t::COPIED } else { t::COPY }}
                </button>
            </Show>
            <button class="secondary" aria-expanded=move || shown.get().to_string() on:click=move |_| shown.update(|shown| *shown = !*shown)>
                <Icon name="eye" /> {move || if shown.get() { t::WORDS_HIDE } else { t::WORDS_SHOW }}
            </button>
            <button class="link" on:click=move |_| state.screen.set(Screen::Restore)>{t::USE_OTHER_WORDS}</button>
        </section>
    }
}

#[component]
fn Storage() -> impl IntoView {
    let kept = RwSignal::new(None::<bool>);
    spawn_local(async move { kept.set(Some(persist_storage().await)) });
    view! {
        <section class="card" aria-labelledby="storage-label">
            <h2 id="storage-label"><Icon name="shield-check" /> {t::STORAGE_TITLE}</h2>
            <p class="quiet" role="status">
                {move || match kept.get() {
                    None => t::ASKING,
                    Some(true) => t::STORAGE_KEPT,
                    Some(false) => t::STORAGE_LOOSE,
                }}
            </p>
        </section>
    }
}

#[component]
fn Mint() -> impl IntoView {
    let state = app();
    let facts = move || {
        let Some(mint) = state.mint() else { return Vec::new() };
        let value = |denomination: &Denomination| format::amount(denomination.amount(), &mint.currency);
        let pieces: Vec<_> = mint.denominations.iter().map(value).collect();
        vec![
            (t::MINT_ADDRESS, mint.origin.to_string()),
            (t::MINT_NAME, mint.institution_id.to_string()),
            (t::MINT_PIECES, format!("{} {}", pieces.join(", "), mint.currency.code)),
        ]
    };
    view! {
        <section class="card" aria-labelledby="mint-label">
            <h2 id="mint-label"><Icon name="landmark" /> {t::MINT_TITLE}</h2>
            <dl class="facts">
                {move || facts().into_iter().map(|(name, value)| view! {
                    <div><dt>{name}</dt><dd>{value}</dd></div>
                }).collect_view()}
            </dl>
        </section>
    }
}
