//! The inbox: cash texts from links, not yet received.
//!
//! A text is stored durably before it is removed from the address, and kept until it is received or
//! dismissed. The inbox is a separate database, so that a tab that does not hold the wallet can write it too.
//! Each change is broadcast to all tabs.

use super::indexed_db::{done, js_failed, open_database, strict_transaction};
use ecash_wallet::StoreError;
use rexie::{ObjectStore, Rexie, TransactionMode};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, IdbDatabase};

const DATABASE: &str = "ecash-inbox";
const TEXTS: &str = "texts";
/// The broadcast channel on which tabs announce changes.
const CHANNEL: &str = "ecash-inbox";

/// The stored texts. Each text is its own key.
pub(crate) struct Inbox {
    reader: Rexie,
    writer: IdbDatabase,
}

impl Inbox {
    /// Opens the database, or creates it.
    pub(crate) async fn open() -> Result<Self, StoreError> {
        Self::open_at(DATABASE).await
    }

    async fn open_at(name: &str) -> Result<Self, StoreError> {
        let builder = Rexie::builder(name).version(1).add_object_store(ObjectStore::new(TEXTS));
        let reader = builder.build().await.map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Self { reader, writer: open_database(name).await.map_err(js_failed)? })
    }

    /// Returns the stored cash texts, in no meaningful order.
    pub(crate) async fn texts(&self) -> Result<Vec<String>, StoreError> {
        let failed = |error: rexie::Error| StoreError::Failed(error.to_string());
        let transaction = self.reader.transaction(&[TEXTS], TransactionMode::ReadOnly).map_err(failed)?;
        let store = transaction.store(TEXTS).map_err(failed)?;
        let entries = store.scan(None, None, None, None).await.map_err(failed)?;
        Ok(entries.into_iter().filter_map(|(_, text)| text.as_string()).collect())
    }

    /// Stores a text durably. Storing the same text again changes nothing.
    pub(crate) async fn add(&self, text: &str) -> Result<(), StoreError> {
        let text = JsValue::from_str(text);
        let transaction = strict_transaction(&self.writer, &[TEXTS]).map_err(js_failed)?;
        let done = done(&transaction);
        let store = transaction.object_store(TEXTS).map_err(js_failed)?;
        store.put_with_key(&text, &text).map_err(js_failed)?;
        JsFuture::from(done).await.map(drop).map_err(js_failed)?;
        announce();
        Ok(())
    }

    /// Removes a text that was received or dismissed.
    pub(crate) async fn remove(&self, text: &str) -> Result<(), StoreError> {
        let transaction = strict_transaction(&self.writer, &[TEXTS]).map_err(js_failed)?;
        let done = done(&transaction);
        let store = transaction.object_store(TEXTS).map_err(js_failed)?;
        store.delete(&JsValue::from_str(text)).map_err(js_failed)?;
        JsFuture::from(done).await.map(drop).map_err(js_failed)?;
        announce();
        Ok(())
    }
}

/// Announces a change to the other tabs. In a browser without broadcast channels, tabs read the inbox only at
/// start.
fn announce() {
    if let Ok(channel) = BroadcastChannel::new(CHANNEL) {
        let _ = channel.post_message(&JsValue::NULL);
        channel.close();
    }
}

/// Calls `changed` whenever another tab changes the inbox, as long as the page is open.
pub(crate) fn watch_inbox(changed: impl Fn() + 'static) {
    let Ok(channel) = BroadcastChannel::new(CHANNEL) else { return };
    let listener = Closure::<dyn Fn()>::new(changed);
    channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // Keep both alive as long as the page is open.
    listener.forget();
    std::mem::forget(channel);
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn w4_stored_texts_survive_reopening() {
        let inbox = Inbox::open_at("inbox-test").await.unwrap();
        for text in ["ecash1a", "ecash1b", "ecash1a"] {
            inbox.add(text).await.unwrap();
        }
        let again = Inbox::open_at("inbox-test").await.unwrap();
        assert_eq!(again.texts().await.unwrap(), ["ecash1a", "ecash1b"]);
        again.remove("ecash1a").await.unwrap();
        assert_eq!(inbox.texts().await.unwrap(), ["ecash1b"]);
    }
}
