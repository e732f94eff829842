//! Locks and unlocks the wallet: a passphrase opens it, and after a while without use it is asked for again.

use crate::browser::{BrowserDevice, BrowserWallet, Fetch, IndexedDb, page_origin, sleep_ms};
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
            // Another page took the wallet meanwhile: what was opened here is no longer this page's.
            if !self.turn.has_wallet() {
                return self.close();
            }
            match opened {
                Ok(wallet) => {
                    self.used_at_ms.set_value(js_sys::Date::now());
                    self.set_wallet(Some(Rc::new(wallet)));
                    self.show_opened(Ok(true)).await;
                }
                Err(error) => failed(error),
            }
        });
    }

    async fn open_locked(self, typed: &Typed) -> Result<BrowserWallet, WalletError> {
        let origin = page_origin().ok_or(WalletError::Unreachable)?;
        let store = IndexedDb::take_over(DATABASE).await.map_err(WalletError::Store)?;
        let unlock = match typed {
            Typed::Passphrase(text) => Unlock::Passphrase(text),
            Typed::Words(text) => Unlock::Words(text),
        };
        let device = BrowserDevice::new(self.progress);
        Wallet::open_locked(store, HttpApi(Fetch), device, origin, unlock).await
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
        let is_idle = move || {
            let idle_ms = js_sys::Date::now() - self.used_at_ms.get_value();
            // A clock that was set back says nothing.
            !(0.0..=IDLE_MS).contains(&idle_ms)
        };
        let used = move || {
            // The first touch after a long pause must not count as use before the wallet was locked.
            if is_idle() {
                self.lock();
            }
            self.used_at_ms.set_value(js_sys::Date::now());
        };
        // Assistive technology and password managers send only some of these.
        let pointer = window_event_listener(ev::pointerdown, move |_| used());
        let key = window_event_listener(ev::keydown, move |_| used());
        let click = window_event_listener(ev::click, move |_| used());
        let wheel = window_event_listener(ev::wheel, move |_| used());
        let shown = window_event_listener(ev::visibilitychange, move |_| {
            if is_idle() {
                self.lock();
            }
        });
        on_cleanup(move || {
            pointer.remove();
            key.remove();
            click.remove();
            wheel.remove();
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
