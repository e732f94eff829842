//! The first screen: shows the mint, and offers to create or restore a wallet.

use crate::browser::{page_origin, persist_storage};
use crate::parts::{Alert, Icon, WalletElsewhere};
use crate::state::{Screen, app};
use crate::text::{self, t};
use ecash_wallet::checkout_link::Checkout;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn Welcome() -> impl IntoView {
    let state = app();
    let error = RwSignal::new(None);
    let origin = page_origin().map(|origin| origin.to_string()).unwrap_or_default();
    let make = move |_| {
        error.set(None);
        state.run(
            async |wallet| {
                if !wallet.exists() {
                    wallet.create().await?;
                }
                wallet.connect().await
            },
            move |result| match result {
                Ok(()) => {
                    spawn_local(async {
                        let _ = persist_storage().await;
                    });
                    state.work_in_background();
                    state.go(state.first_screen());
                }
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    view! {
        <section class="welcome">
            <div class="welcome-art" aria-hidden="true">
                <span class="coin size-4">"100"</span>
                <span class="coin size-2">"50"</span>
                <span class="coin size-0">"10"</span>
            </div>
            <h1>{t("welcome-title")}</h1>
            <p>{t("welcome")}</p>
            <div class="card mint-card">
                <Icon name="landmark" />
                <div>
                    <p class="hint">{t("welcome-mint")}</p>
                    <p class="strong">{origin}</p>
                </div>
            </div>
            <Alert message=error />
        </section>
        <div class="actions" class:actions-still=move || state.checkout.with(Option::is_some)>
            <button class="primary" disabled=move || state.busy.get() on:click=make>{t("create-wallet")}</button>
            <button class="secondary" disabled=move || state.busy.get() on:click=move |_| state.screen.set(Screen::Restore)>
                {t("restore-wallet")}
            </button>
            <Show when=move || matches!(state.checkout.get(), Some(Checkout::Of(..)))>
                <button class="secondary" disabled=move || state.busy.get() on:click=move |_| state.screen.set(Screen::Guest)>
                    {t("guest-title")}
                </button>
            </Show>
        </div>
        <WalletElsewhere />
    }
}
