//! Backs up the wallet: shows the recovery phrase, then asks for two of its words.

use crate::browser::copy;
use crate::parts::{Alert, BackupFile, Icon, ResultCard, ScreenTitle, WordList};
use crate::state::{Screen, app};
use crate::text::{self, t, tr};
use leptos::prelude::*;
use leptos::task::spawn_local;

const WORDS: u8 = 12;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Show,
    Check,
    Done,
}

#[component]
pub(crate) fn BackupScreen() -> impl IntoView {
    let step = RwSignal::new(Step::Show);
    move || match step.get() {
        Step::Show => view! { <ShowWords next=move || step.set(Step::Check) /> }.into_any(),
        Step::Check => {
            view! { <CheckWords back=move || step.set(Step::Show) done=move || step.set(Step::Done) /> }
                .into_any()
        }
        Step::Done => {
            view! { <ResultCard title=t("backup-done") amount="" detail=t("backup-done-hint") /> }.into_any()
        }
    }
}

#[component]
fn ShowWords(next: impl Fn() + 'static) -> impl IntoView {
    let state = app();
    let words = state.handle().and_then(|wallet| wallet.recovery_phrase().ok()).unwrap_or_default();
    let copied = RwSignal::new(None::<bool>);
    let text = StoredValue::new(words.join(" "));
    let copy_words = move |_| spawn_local(async move { copied.set(Some(copy(&text.get_value()).await)) });
    view! {
        <ScreenTitle title=t("backup-title") />
        <p>{t("backup-hint")}</p>
        <WordList words=Signal::stored(words) />
        <div>
            <button class="link" on:click=copy_words><Icon name="copy" /> {t("copy")}</button>
            <p class="hint" role="status">
                {move || copied.get().map(|copied| t(if copied { "backup-copied" } else { "backup-copy-failed" }))}
            </p>
        </div>
        <div class="actions">
            <button class="primary" on:click=move |_| next()>{t("backup-written")}</button>
            <button class="secondary" on:click=move |_| state.go(Screen::Home)>{t("backup-later")}</button>
        </div>
        <BackupFile />
    }
}

#[component]
fn CheckWords(back: impl Fn() + 'static, done: impl Fn() + Copy + 'static) -> impl IntoView {
    let state = app();
    let places = two_places();
    let typed = places.map(|_| RwSignal::new(String::new()));
    let error = RwSignal::new(None::<String>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        error.set(None);
        let answers: Vec<_> =
            places.into_iter().map(usize::from).zip(typed.map(|word| word.get_untracked())).collect();
        state.run(
            async move |wallet| wallet.check_words(&answers).await,
            move |result| match result {
                Ok(true) => done(),
                Ok(false) => error.set(Some(t("backup-wrong"))),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    view! {
        <ScreenTitle title=t("backup-check-title") />
        <form id="backup" on:submit=submit>
            <p>{t("backup-check-hint")}</p>
            {places.into_iter().zip(typed).map(|(place, word)| {
                let id = format!("word-{place}");
                view! {
                    <div class="field">
                        <label for=id.clone()>{tr("backup-word", [("number", place.into())])}</label>
                        <input
                            id=id
                            autocomplete="off"
                            autocapitalize="none"
                            spellcheck="false"
                            prop:value=move || word.get()
                            on:input=move |event| word.set(event_target_value(&event))
                        />
                    </div>
                }
            }).collect_view()}
            <Alert message=error />
        </form>
        <div class="actions">
            <button class="primary" form="backup" type="submit" disabled=move || state.busy.get()>{t("backup-check")}</button>
            <button class="secondary" on:click=move |_| back()>{t("backup-show-again")}</button>
        </div>
    }
}

/// Returns two different positions from 1 to 12, in ascending order. Ignores a failure of the random
/// generator, because any two positions will do.
fn two_places() -> [u8; 2] {
    let mut random = [0; 2];
    let _ = getrandom::fill(&mut random);
    let [first, second] = random;
    let one = first % WORDS;
    let other = (one + 1 + second % (WORDS - 1)) % WORDS;
    [one.min(other) + 1, one.max(other) + 1]
}
