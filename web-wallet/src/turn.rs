//! What this tab knows about the ownership of the wallet.

use crate::browser::WriterLock;
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage;
use web_sys::AbortController;

/// The state of the handover between tabs, as seen by this tab. `hand_over.rs` draws the state machine.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    /// The writer lock, while this tab owns the wallet.
    pub(crate) lock: StoredValue<Option<WriterLock>, LocalStorage>,
    /// Aborts the queued request for the lock, while this tab is in the queue.
    pub(crate) queue: StoredValue<Option<AbortController>, LocalStorage>,
    /// Counts the times that this tab stepped back or asked. Only the last one joins the queue again.
    pub(crate) steps: StoredValue<u32>,
    /// Another tab has asked for the wallet and gets it once this tab is idle.
    pub(crate) handover_pending: RwSignal<bool>,
    /// This tab has asked for the wallet and has not got it yet.
    pub(crate) asking: RwSignal<bool>,
    /// A tab of version 0.1 may be open. It cannot hand over the wallet.
    pub(crate) old_page: RwSignal<bool>,
    /// The wallet is being opened. It is not given up before that ends: opening takes the store's fence,
    /// which would lock out the tab that got the wallet.
    pub(crate) opening: RwSignal<bool>,
}

impl Turn {
    pub(crate) fn new() -> Self {
        Self {
            lock: StoredValue::new_local(None),
            queue: StoredValue::new_local(None),
            steps: StoredValue::new(0),
            handover_pending: RwSignal::new(false),
            asking: RwSignal::new(false),
            old_page: RwSignal::new(true),
            opening: RwSignal::new(false),
        }
    }

    pub(crate) fn has_wallet(self) -> bool {
        self.lock.with_value(Option::is_some)
    }

    /// Starts a step back or a request, which replaces the one before. Returns its number.
    pub(crate) fn next_step(self) -> u32 {
        self.steps.update_value(|steps| *steps = steps.wrapping_add(1));
        self.steps.get_value()
    }

    pub(crate) fn leave_queue(self) {
        if let Some(abort) = self.queue.try_update_value(Option::take).flatten() {
            abort.abort();
        }
    }
}
