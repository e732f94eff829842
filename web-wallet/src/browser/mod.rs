//! Browser implementations of the wallet engine's traits, and the browser functions that the pages use.

mod device;
mod fetch;
mod inbox;
mod indexed_db;
mod one_writer;
mod stretch;
mod wait;

pub(crate) use device::BrowserDevice;
pub(crate) use fetch::Fetch;
pub(crate) use inbox::{Inbox, watch_inbox};
pub(crate) use indexed_db::IndexedDb;
pub(crate) use one_writer::{Wanted, WriterLock, ask, request, wait_for_old_version_tabs, watch_askers};
pub(crate) use wait::sleep_ms;

use ecash_core::receipt::SignedReceipt;
use ecash_wallet::api::HttpApi;
use wasm_bindgen::JsValue;

/// The wallet of this page.
pub(crate) type BrowserWallet = ecash_wallet::Wallet<IndexedDb, HttpApi<Fetch>, BrowserDevice>;

/// Scheme, host and port of this page, which the mint serves.
pub(crate) fn page_origin() -> Option<ecash_core::Origin> {
    let origin = web_sys::window()?.location().origin().ok()?;
    ecash_core::Origin::new(origin).ok()
}

/// The origin of the page that linked here. `None` if it is this page, or if no referrer was sent.
pub(crate) fn referrer_origin() -> Option<String> {
    let referrer = web_sys::window()?.document()?.referrer();
    let origin = web_sys::Url::new(&referrer).ok()?.origin();
    let own = page_origin().is_some_and(|own| own.as_str() == origin);
    (!own && origin != "null").then_some(origin)
}

/// Navigates to another address.
pub(crate) fn go_to(address: &str) {
    if let Some(window) = web_sys::window() {
        // Ignore errors: the page stays open.
        let _ = window.location().assign(address);
    }
}

/// Navigates to another address and replaces the history entry, so that the back button does not return to
/// this page.
pub(crate) fn leave_for(address: &str) {
    if let Some(window) = web_sys::window() {
        // Ignore errors: the page stays open.
        let _ = window.location().replace(address);
    }
}

/// Closes this tab. Browsers ignore the call if the tab has shown another page before.
pub(crate) fn close_tab() {
    if let Some(window) = web_sys::window() {
        let _ = window.close();
    }
}

/// Registers this wallet as the handler of `web+ecash:` links; the browser asks the person for permission.
/// Returns whether the browser supports it: Safari and mobile browsers do not.
pub(crate) fn offer_for_links() -> bool {
    let Some(window) = web_sys::window() else { return false };
    window.navigator().register_protocol_handler("web+ecash", "/#uri=%s", "eCash wallet").is_ok()
}

/// Whether this page is visible.
pub(crate) fn is_in_front() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| document.visibility_state() == web_sys::VisibilityState::Visible)
}

/// The part of the address after `#`.
pub(crate) fn fragment() -> String {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

/// Replaces the fragment and its history entry, so that the back button does not return to the old fragment.
pub(crate) fn replace_fragment(fragment: &str) {
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        let url = format!("#{fragment}");
        // Ignore errors: the address stays unchanged.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}

/// Navigates to another fragment, with a new history entry.
pub(crate) fn set_fragment(fragment: &str) {
    if let Some(window) = web_sys::window() {
        // Ignore errors: only the back button depends on the fragment.
        let _ = window.location().set_hash(fragment);
    }
}

/// Asks the browser not to evict the wallet's data when storage runs low. Returns whether it was granted.
pub(crate) async fn persist_storage() -> bool {
    let Some(window) = web_sys::window() else { return false };
    let Ok(promise) = window.navigator().storage().persist() else { return false };
    wasm_bindgen_futures::JsFuture::from(promise).await.ok().and_then(|kept| kept.as_bool()).unwrap_or(false)
}

/// Returns a `data:` URL that downloads a receipt as a file.
pub(crate) fn receipt_file(receipt: &SignedReceipt) -> String {
    let encoded: String = js_sys::encode_uri_component(&receipt.to_file()).into();
    format!("data:application/json;charset=utf-8,{encoded}")
}

/// Copies text to the clipboard. Returns whether it succeeded: browsers allow it only over HTTPS and on
/// localhost.
pub(crate) async fn copy(text: &str) -> bool {
    let Some(navigator) = web_sys::window().map(|window| window.navigator()) else { return false };
    if !has(&navigator, "clipboard") {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

/// Whether the browser supports the Web Share API.
pub(crate) fn can_share() -> bool {
    web_sys::window().is_some_and(|window| has(&window.navigator(), "share"))
}

/// Opens the share sheet with a text. Ignores errors: one of them is that the person closed the sheet.
pub(crate) async fn share(text: &str) {
    let Some(navigator) = web_sys::window().map(|window| window.navigator()) else { return };
    let data = web_sys::ShareData::new();
    data.set_text(text);
    let _ = wasm_bindgen_futures::JsFuture::from(navigator.share_with_data(&data)).await;
}

/// Returns a `data:` URL that downloads a text as a file.
pub(crate) fn text_file(text: &str) -> String {
    let encoded: String = js_sys::encode_uri_component(text).into();
    format!("data:text/plain;charset=utf-8,{encoded}")
}

fn has(object: &JsValue, name: &str) -> bool {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).is_ok_and(|value| !value.is_undefined())
}

/// Returns the message of a JavaScript error.
fn message_of(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &JsValue::from_str("message")).ok();
    message.and_then(|message| message.as_string()).unwrap_or_else(|| "unknown browser error".to_owned())
}
