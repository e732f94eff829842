//! Settings: the recovery phrase, the passphrase, storage, language, the mint.

use crate::browser::{copy, offer_for_links, persist_storage};
use crate::format;
use crate::language;
use crate::parts::{BackupFile, Facts, Icon, Passphrase, ScreenTitle, WordList};
use crate::state::{Screen, app};
use crate::text::t;
use ecash_core::Denomination;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn SettingsScreen() -> impl IntoView {
    view! {
        <ScreenTitle title=t("settings") />
        <Words />
        <BackupFile />
        <Passphrase />
        <Storage />
        <LanguageChoice />
        <PaymentLinks />
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
            <h2 id="words-label"><Icon name="key-round" /> {t("phrase-title")}</h2>
            <p class="quiet">{t("phrase-hint")}</p>
            <Show when=move || shown.get()>
                <WordList words=Signal::derive(words) />
                <button class="link" on:click=copy_words>
                    <Icon name="copy" /> {move || if copied.get() { t("copied") } else { t("copy") }}
                </button>
            </Show>
            <button class="secondary" aria-expanded=move || shown.get().to_string() on:click=move |_| shown.update(|shown| *shown = !*shown)>
                <Icon name="eye" /> {move || if shown.get() { t("phrase-hide") } else { t("phrase-show") }}
            </button>
            <Show when=move || !state.has_backup()>
                <button class="secondary" on:click=move |_| state.go(Screen::Backup)>{t("backup-now")}</button>
            </Show>
            <button class="link" on:click=move |_| state.screen.set(Screen::Restore)>{t("use-other-phrase")}</button>
        </section>
    }
}

#[component]
fn Storage() -> impl IntoView {
    let kept = RwSignal::new(None::<bool>);
    spawn_local(async move { kept.set(Some(persist_storage().await)) });
    view! {
        <section class="card" aria-labelledby="storage-label">
            <h2 id="storage-label"><Icon name="shield-check" /> {t("storage-title")}</h2>
            <p class="quiet" role="status">
                {move || match kept.get() {
                    None => t("storage-asking"),
                    Some(true) => t("storage-kept"),
                    Some(false) => t("storage-loose"),
                }}
            </p>
        </section>
    }
}

#[component]
fn LanguageChoice() -> impl IntoView {
    let shown = language::wanted();
    view! {
        <section class="card" aria-labelledby="language-label">
            <h2 id="language-label"><Icon name="globe" /> {t("language-title")}</h2>
            <select
                aria-labelledby="language-label"
                on:change=move |event| language::choose(&event_target_value(&event))
            >
                {language::LANGUAGES.into_iter().map(|one| view! {
                    <option value=one.code lang=one.code selected=one == shown>{one.name}</option>
                }).collect_view()}
            </select>
        </section>
    }
}

/// Registers the wallet as the handler of `web+ecash:` links, which name no wallet's address.
#[component]
fn PaymentLinks() -> impl IntoView {
    let offered = RwSignal::new(None::<bool>);
    view! {
        <section class="card" aria-labelledby="links-label">
            <h2 id="links-label"><Icon name="store" /> {t("links-title")}</h2>
            <p class="quiet" role="status">
                {move || match offered.get() {
                    None => t("links-hint"),
                    Some(true) => t("links-offered"),
                    Some(false) => t("links-impossible"),
                }}
            </p>
            <button class="secondary" on:click=move |_| offered.set(Some(offer_for_links()))>{t("links-open-here")}</button>
        </section>
    }
}

#[component]
fn Mint() -> impl IntoView {
    let state = app();
    let facts = move || {
        let Some(mint) = state.mint() else { return Vec::new() };
        let value = |denomination: &Denomination| format::amount(denomination.amount(), &mint.currency);
        let counts: Vec<_> = mint.denominations.iter().map(value).collect();
        // Needed by operators who open accounts manually.
        let number = state
            .handle()
            .filter(|_| mint.account_id.is_none())
            .and_then(|wallet| wallet.account_hash().ok());
        let mut facts = vec![
            (t("mint-address"), mint.origin.to_string()),
            (t("mint-name"), mint.institution_id.to_string()),
            (t("denominations"), format!("{} {}", counts.join(", "), mint.currency.code)),
        ];
        facts.extend(number.map(|number| (t("account-number"), number)));
        facts
    };
    let copied = RwSignal::new(false);
    let evidence = move || state.handle().and_then(|wallet| wallet.keys_evidence());
    let copy_evidence = move |_| {
        let text = evidence().unwrap_or_default();
        spawn_local(async move { copied.set(copy(&text).await) });
    };
    view! {
        <section class="card" aria-labelledby="mint-label">
            <h2 id="mint-label"><Icon name="landmark" /> {t("mint-title")}</h2>
            {move || view! { <Facts facts=facts() /> }}
            <Show when=move || evidence().is_some()>
                <p class="quiet">{t("keys-evidence-hint")}</p>
                <button class="secondary" on:click=copy_evidence>
                    <Icon name="copy" /> {move || if copied.get() { t("copied") } else { t("copy-evidence") }}
                </button>
            </Show>
        </section>
    }
}
