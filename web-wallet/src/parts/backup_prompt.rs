//! Whether the money on this device is backed up, and a button to back it up.

use super::Icon;
use crate::state::{Screen, app};
use crate::text::t;
use leptos::prelude::*;

#[component]
pub(crate) fn BackupPrompt() -> impl IntoView {
    let state = app();
    // Ignore errors: the reminder appears again.
    let later = move |_| state.run(async |wallet| wallet.put_backup_off().await, |_| {});
    move || {
        let has_money = !state.balance().available.is_zero();
        match (has_money, state.has_backup(), state.should_remind_of_backup()) {
            (false, ..) => ().into_any(),
            (_, true, _) => view! {
                <p class="waiting"><Icon name="shield-check" /><span>{t("backup-safe")}</span></p>
            }
            .into_any(),
            (_, _, false) => view! {
                <p class="waiting">
                    <Icon name="circle-alert" />
                    <span>
                        {t("backup-missing")} " "
                        <button class="link" on:click=move |_| state.go(Screen::Backup)>{t("backup-now")}</button>
                    </span>
                </p>
            }
            .into_any(),
            (_, _, true) => view! {
                <section class="card backup" aria-labelledby="backup-label">
                    <h2 id="backup-label"><Icon name="key-round" /> {t("backup-prompt-title")}</h2>
                    <p class="quiet">{t("backup-prompt")}</p>
                    <div class="chips">
                        <button class="chip strong" on:click=move |_| state.go(Screen::Backup)>{t("backup-now")}</button>
                        <button class="chip" on:click=later>{t("backup-later")}</button>
                    </div>
                </section>
            }
            .into_any(),
        }
    }
}
