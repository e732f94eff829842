//! The home screen: the balance, its tokens, and recent activity.

use crate::format;
use crate::parts::{ActionAlert, ActivityList, BackupPrompt, Coins, Icon, NotConnected, ProgressLine};
use crate::state::{Screen, app};
use crate::text::{self, t, tr, with_amount};
use ecash_core::{Amount, Currency};
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn Home() -> impl IntoView {
    let state = app();
    move || {
        let Some(mint) = state.mint() else { return view! { <NotConnected /> }.into_any() };
        let balance = state.balance();
        let currency = mint.currency;
        let nothing = balance.available.is_zero();
        let waiting = [
            (balance.to_renew, "to-renew"),
            (balance.expired, "expired"),
            (balance.given, "given"),
            (balance.leaving, "leaving"),
            (balance.arriving, "arriving"),
            (balance.disputed, "disputed-amount"),
        ];
        view! {
            <section class="balance" aria-labelledby="balance-label">
                <h1 id="balance-label">{t("balance")}</h1>
                <p class="balance-amount" data-testid="balance">
                    <span class="digits">{format::amount(balance.available, &currency)}</span>
                    " "
                    <span class="currency">{currency.code.to_string()}</span>
                </p>
                {waiting.into_iter().filter(|(amount, _)| !amount.is_zero()).map(|(amount, id)| view! {
                    <p class="waiting"><Icon name="clock" /><span>{with_amount(id, &format::money(amount, &currency))}</span></p>
                }).collect_view()}
                <BackupPrompt />
            </section>
            <Show when=move || state.other_keys.get()>
                <ActionAlert urgent=true text=t("error-keys-differ") action=t("try-again") on_click=move || spawn_local(state.come_online()) />
            </Show>
            <Show when=move || state.offline.get()>
                <ActionAlert text=t("offline") action=t("try-again") on_click=move || spawn_local(state.come_online()) />
            </Show>
            <RevokedMoney amount=balance.revoked currency=currency.clone() />
            {mint.keys_replaced_at.map(|at| view! {
                <p class="waiting"><Icon name="key-round" /><span>{tr("keys-replaced", [("date", format::date(at).into())])}</span></p>
            })}
            <section aria-labelledby="counts-label">
                <h2 id="counts-label">{t("denominations")}</h2>
                {if nothing {
                    view! { <p class="quiet">{t("empty-wallet")}</p> }.into_any()
                } else {
                    view! {
                        <ul class="coins"><Coins counts=balance.counts.clone() currency=currency.clone() /></ul>
                    }.into_any()
                }}
            </section>
            <ActivityList currency=currency.clone() />
            <nav class="actions actions-row" aria-label=t("app")>
                <button class=if nothing { "secondary" } else { "primary" } on:click=move |_| state.go(Screen::Pay)>
                    <Icon name="store" /> {t("pay")}
                </button>
                <button class="secondary" on:click=move |_| state.go(Screen::Give)>
                    <Icon name="arrow-up-right" /> {t("give")}
                </button>
                <button class="secondary" on:click=move |_| state.go(Screen::Receive)>
                    <Icon name="arrow-down-to-line" /> {t("receive")}
                </button>
                <button class=if nothing { "primary" } else { "secondary" } on:click=move |_| state.go(Screen::Withdraw)>
                    <Icon name="landmark" /> {t("withdraw")}
                </button>
            </nav>
        }
        .into_any()
    }
}

/// Offers to exchange tokens of revoked keysets. Empty if there are none.
#[component]
fn RevokedMoney(amount: Amount, currency: Currency) -> impl IntoView {
    let state = app();
    let failed = RwSignal::new(None::<String>);
    let recover = move || {
        failed.set(None);
        state.run(
            async |wallet| wallet.recover().await,
            move |recovered| failed.set(recovered.err().map(|error| text::error(&error))),
        );
    };
    (!amount.is_zero()).then(|| {
        view! {
            <ActionAlert
                urgent=true
                text=with_amount("revoked", &format::money(amount, &currency))
                action=t("recover")
                on_click=recover
            />
            <ProgressLine />
            {move || failed.get().map(|text| view! { <p class="error" role="alert">{text}</p> })}
        }
    })
}
