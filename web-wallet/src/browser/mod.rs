//! The browser, as the wallet engine needs it.

mod device;
mod fetch;
mod inbox;
mod indexed_db;
mod one_writer;
mod wait;

pub(crate) use device::BrowserDevice;
pub(crate) use fetch::Fetch;
pub(crate) use inbox::{Inbox, watch_inbox};
pub(crate) use indexed_db::IndexedDb;
pub(crate) use one_writer::become_the_writer;
pub(crate) use wait::sleep_ms;

use ecash_wallet::api::HttpApi;
use wasm_bindgen::JsValue;

/// The wallet of this page.
pub(crate) type BrowserWallet = ecash_wallet::Wallet<IndexedDb, HttpApi<Fetch>, BrowserDevice>;

/// Scheme, host and port of this page: the mint that served it.
pub(crate) fn page_origin() -> Option<ecash_core::Origin> {
    let origin = web_sys::window()?.location().origin().ok()?;
    ecash_core::Origin::new(origin).ok()
}

/// What follows `#` in the address.
pub(crate) fn fragment() -> String {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

/// Replaces the `#`, so that what was there is not one step back.
pub(crate) fn replace_fragment(fragment: &str) {
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        let url = format!("#{fragment}");
        // Where history cannot be written, the address stays as it is.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}

/// Goes to another `#`.
pub(crate) fn set_fragment(fragment: &str) {
    if let Some(window) = web_sys::window() {
        // A fragment that cannot be set only costs the back button.
        let _ = window.location().set_hash(fragment);
    }
}

/// Asks the browser to keep the wallet's data even when space gets short; answers whether it does.
pub(crate) async fn persist_storage() -> bool {
    let Some(window) = web_sys::window() else { return false };
    let Ok(promise) = window.navigator().storage().persist() else { return false };
    wasm_bindgen_futures::JsFuture::from(promise).await.ok().and_then(|kept| kept.as_bool()).unwrap_or(false)
}

/// Copies text; answers whether it worked.
pub(crate) async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let written = window.navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(written).await.is_ok()
}

/// What a JavaScript error says.
fn message_of(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &JsValue::from_str("message")).ok();
    message.and_then(|message| message.as_string()).unwrap_or_else(|| "unknown browser error".to_owned())
}
