//! Cash that was given away and not received yet: its QR code, link and text, and its actions.

use super::{Alert, Icon, Qr};
use crate::browser::{can_share, copy, page_origin, share, text_file};
use crate::format;
use crate::state::app;
use crate::text::{self, t, with_amount};
use ecash_core::Currency;
use ecash_wallet::plan::PlanId;
use ecash_wallet::{Gift, WalletError};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Longest link that is shown as a QR code, in bytes. The modules of a longer one are too small for phone
/// cameras.
const MAX_CODE_LEN: usize = 1500;

/// The result of the last action.
#[derive(Clone, Copy, PartialEq)]
enum Note {
    LinkCopied,
    TextCopied,
    CopyFailed,
    NotTaken,
    NotKnown,
}

#[component]
pub(crate) fn GiftText(gift: Gift, currency: Currency) -> impl IntoView {
    let origin = page_origin().map(|origin| origin.to_string()).unwrap_or_default();
    let link = StoredValue::new(format!("{origin}/#receive={}", gift.text));
    let plain = StoredValue::new(gift.text);
    let note = RwSignal::new(None::<Note>);
    let fits = link.with_value(|link| link.len() <= MAX_CODE_LEN);
    let money = format::money(gift.amount, &currency);
    let said = move || {
        note.get().map(|note| {
            t(match note {
                Note::LinkCopied => "gift-link-copied",
                Note::TextCopied => "gift-text-copied",
                Note::CopyFailed => "gift-copy-failed",
                Note::NotTaken => "gift-not-taken",
                Note::NotKnown => "gift-not-known",
            })
        })
    };
    view! {
        <div class="explanation">
            <p>{with_amount("gift-waits", &money)}</p>
        </div>
        {if fits {
            view! {
                <div class="qr-frame"><Qr text=link.get_value() label=with_amount("gift-code", &money) /></div>
            }.into_any()
        } else {
            view! { <p class="hint">{t("gift-too-long-for-code")}</p> }.into_any()
        }}
        <div class="field">
            <label for="gift">{t("gift-text")}</label>
            <textarea id="gift" class="cash-text" rows="3" readonly prop:value=plain.get_value()></textarea>
        </div>
        <GiftCopies link=link plain=plain note=note />
        <p class="hint" role="status">{said}</p>
        <GiftActions id=gift.id note=note />
    }
}

/// Buttons that ask the mint whether the cash was received, or take it back.
#[component]
fn GiftActions(id: PlanId, note: RwSignal<Option<Note>>) -> impl IntoView {
    let state = app();
    let id = StoredValue::new(id);
    let error = RwSignal::new(None::<String>);
    let clear = move || {
        note.set(None);
        error.set(None);
    };
    let check = move |_| {
        clear();
        let id = id.get_value();
        state.run(
            async move |wallet| wallet.check_gift(&id).await,
            move |result| match result {
                Ok(found) if found.waiting.is_zero() => {}
                Ok(found) => note.set(Some(if found.is_known { Note::NotTaken } else { Note::NotKnown })),
                Err(failure) => error.set(Some(text::error(&failure))),
            },
        );
    };
    let take_back = move |_| {
        clear();
        let id = id.get_value();
        state.run(
            async move |wallet| wallet.take_back(&id).await,
            move |result| match result {
                // Nothing was sent, so there is no new activity to show.
                Err(failure @ (WalletError::Store(_) | WalletError::NotIssuing | WalletError::Keys(_))) => {
                    error.set(Some(text::error(&failure)));
                }
                // The result is a separate activity.
                _ => state.show_newest_activity(),
            },
        );
    };
    view! {
        <Alert message=error />
        <div class="actions actions-still">
            <button class="secondary" disabled=move || state.busy.get() on:click=check>{t("gift-check")}</button>
            <button class="secondary" disabled=move || state.busy.get() on:click=take_back>
                <Icon name="rotate-ccw" /> {t("gift-take-back")}
            </button>
        </div>
    }
}

/// Ways to hand the cash over: by the share sheet, the clipboard or a file.
#[component]
fn GiftCopies(
    link: StoredValue<String>,
    plain: StoredValue<String>,
    note: RwSignal<Option<Note>>,
) -> impl IntoView {
    let copy_text = move |text: StoredValue<String>, done: Note| {
        spawn_local(async move {
            note.set(Some(if copy(&text.get_value()).await { done } else { Note::CopyFailed }));
        });
    };
    view! {
        <div class="chips">
            <Show when=can_share>
                <button type="button" class="chip" on:click=move |_| spawn_local(async move { share(&link.get_value()).await })>
                    <Icon name="arrow-up-right" /> {t("share")}
                </button>
            </Show>
            <button type="button" class="chip" on:click=move |_| copy_text(link, Note::LinkCopied)>
                <Icon name="copy" /> {t("copy-link")}
            </button>
            <button type="button" class="chip" on:click=move |_| copy_text(plain, Note::TextCopied)>
                <Icon name="copy" /> {t("copy-text")}
            </button>
            <a class="chip" href=text_file(&plain.get_value()) download="ecash.txt"><Icon name="download" /> {t("save-file")}</a>
        </div>
    }
}
