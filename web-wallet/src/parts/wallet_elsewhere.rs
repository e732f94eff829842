//! The link of the pending payment, for a person whose wallet is in another browser or on another device.

use super::{Icon, Qr};
use crate::browser::{can_share, copy, page_origin, share};
use crate::state::app;
use crate::text::t;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn WalletElsewhere() -> impl IntoView {
    let state = app();
    let link = move || {
        let fragment =
            state.checkout.with(|checkout| checkout.as_ref().and_then(|checkout| checkout.fragment()))?;
        Some(format!("{}/#{fragment}", page_origin()?))
    };
    move || link().map(|link| view! { <MoveLink link=link /> })
}

#[component]
fn MoveLink(link: String) -> impl IntoView {
    let copied = RwSignal::new(None::<bool>);
    let link = StoredValue::new(link);
    let copy_link = move |_| spawn_local(async move { copied.set(Some(copy(&link.get_value()).await)) });
    view! {
        <details class="card">
            <summary>{t("wallet-elsewhere")}</summary>
            <p class="quiet">{t("wallet-elsewhere-hint")}</p>
            <div class="qr-frame"><Qr text=link.get_value() label=t("wallet-elsewhere-code") /></div>
            <div class="field">
                <label for="link">{t("wallet-elsewhere-link")}</label>
                <textarea id="link" class="cash-text" rows="3" readonly prop:value=link.get_value()></textarea>
            </div>
            <div class="chips">
                <Show when=can_share>
                    <button type="button" class="chip" on:click=move |_| spawn_local(async move { share(&link.get_value()).await })>
                        <Icon name="arrow-up-right" /> {t("share")}
                    </button>
                </Show>
                <button type="button" class="chip" on:click=copy_link><Icon name="copy" /> {t("copy-link")}</button>
            </div>
            <p class="hint" role="status">
                {move || copied.get().map(|copied| t(if copied { "copied" } else { "gift-copy-failed" }))}
            </p>
        </details>
    }
}
