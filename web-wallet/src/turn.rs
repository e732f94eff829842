//! Which page has the wallet: what this one knows about its turn.

use crate::browser::WriterLock;
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage;
use web_sys::AbortController;

/// What a page knows about its turn.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) lock: StoredValue<Option<WriterLock>, LocalStorage>,
    pub(crate) queue: StoredValue<Option<AbortController>, LocalStorage>,
    /// Another page has asked, and gets the wallet once this one is idle.
    pub(crate) leaves_soon: RwSignal<bool>,
    /// This page has asked, and waits.
    pub(crate) asking: RwSignal<bool>,
    /// A page of version 0.1 is open, which cannot hand anything over.
    pub(crate) old_page: RwSignal<bool>,
    /// The wallet is being opened. Given up halfway, it could shut out the page that got it.
    pub(crate) opening: RwSignal<bool>,
}

impl Turn {
    pub(crate) fn new() -> Self {
        Self {
            lock: StoredValue::new_local(None),
            queue: StoredValue::new_local(None),
            leaves_soon: RwSignal::new(false),
            asking: RwSignal::new(false),
            old_page: RwSignal::new(true),
            opening: RwSignal::new(false),
        }
    }

    pub(crate) fn has_wallet(self) -> bool {
        self.lock.with_value(Option::is_some)
    }

    pub(crate) fn leave_queue(self) {
        if let Some(abort) = self.queue.try_update_value(Option::take).flatten() {
            abort.abort();
        }
    }
}
