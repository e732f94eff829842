//! Locks and unlocks the wallet: a passphrase opens it, and after a while without use it is asked for again.

use crate::browser::{BrowserDevice, Fetch, IndexedDb, page_origin, sleep_ms};
use crate::state::{AppState, DATABASE, Screen};
use ecash_wallet::api::HttpApi;
use ecash_wallet::{Unlock, Wallet, WalletError};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// After so long without a touch or a key, a protected wallet is locked.
const IDLE_MS: f64 = 5.0 * 60.0 * 1000.0;
/// How often that is looked at. A browser may stretch it to a minute for a page in the background.
const LOOK_MS: i32 = 5000;

/// What the person typed to open the wallet.
pub(crate) enum Typed {
    Passphrase(String),
    Words(String),
}

impl AppState {
    /// Opens the locked wallet with what the person typed, then shows it.
    pub(crate) fn unlock(self, typed: Typed, failed: impl FnOnce(WalletError) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        // Also keeps the wallet from another tab until this one has opened it.
        self.busy.set(true);
        spawn_local(async move {
            let opened = self.open_locked(&typed).await;
            self.busy.set(false);
            match opened {
                Ok(()) => self.show_opened(Ok(true)).await,
                Err(error) => failed(error),
            }
        });
    }

    async fn open_locked(self, typed: &Typed) -> Result<(), WalletError> {
        let origin = page_origin().ok_or(WalletError::Unreachable)?;
        let store = IndexedDb::take_over(DATABASE).await.map_err(WalletError::Store)?;
        let unlock = match typed {
            Typed::Passphrase(text) => Unlock::Passphrase(text),
            Typed::Words(text) => Unlock::Words(text),
        };
        let device = BrowserDevice::new(self.progress);
        let wallet = Wallet::open_locked(store, HttpApi(Fetch), device, origin, unlock).await?;
        self.set_wallet(Some(Rc::new(wallet)));
        Ok(())
    }

    /// Forgets the wallet's secrets until its passphrase is typed again. An operation that runs ends first.
    pub(crate) fn lock(self) {
        if !self.busy.get_untracked() && self.is_protected() {
            self.set_wallet(None);
            self.progress.set(None);
            self.screen.set(Screen::Locked);
        }
    }

    /// Locks a protected wallet that is not used, also when the page comes back after it was suspended.
    pub(crate) fn lock_when_idle(self) {
        let used_at_ms = StoredValue::new(js_sys::Date::now());
        let is_idle = move || js_sys::Date::now() - used_at_ms.get_value() > IDLE_MS;
        let used = move || {
            // The first touch after a long pause must not count as use before the wallet was locked.
            if is_idle() {
                self.lock();
            }
            used_at_ms.set_value(js_sys::Date::now());
        };
        let pointer = window_event_listener(ev::pointerdown, move |_| used());
        let key = window_event_listener(ev::keydown, move |_| used());
        let shown = window_event_listener(ev::visibilitychange, move |_| {
            if is_idle() {
                self.lock();
            }
        });
        on_cleanup(move || {
            pointer.remove();
            key.remove();
            shown.remove();
        });
        spawn_local(async move {
            loop {
                sleep_ms(LOOK_MS).await;
                if is_idle() {
                    self.lock();
                }
            }
        });
    }
}
