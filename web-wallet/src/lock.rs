//! Locks a passphrase-protected wallet after a period without use, and unlocks it again.

use crate::browser::{BrowserDevice, BrowserWallet, Fetch, IndexedDb, page_origin, sleep_ms};
use crate::state::{AppState, DATABASE, Screen};
use ecash_wallet::api::HttpApi;
use ecash_wallet::{Unlock, Wallet, WalletError};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// Time without a touch, click or key press after which a protected wallet is locked.
const IDLE_MS: f64 = 5.0 * 60.0 * 1000.0;
/// How often idleness is checked. Browsers may extend the interval to a minute for a page in the background.
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
        // Also delays the handover to another tab until the wallet is open.
        self.busy.set(true);
        spawn_local(async move {
            let opened = self.open_locked(&typed).await;
            self.busy.set(false);
            // Discard the opened wallet if another tab took it over in the meantime.
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

    /// Drops the wallet and its secrets until the passphrase is entered again. Does nothing while an
    /// operation runs.
    pub(crate) fn lock(self) {
        if !self.busy.get_untracked() && self.is_protected() {
            self.set_wallet(None);
            self.progress.set(None);
            self.screen.set(Screen::Locked);
        }
    }

    /// Locks a protected wallet when it is idle, also when the page resumes after the browser suspended it.
    pub(crate) fn lock_when_idle(self) {
        let is_idle = move || {
            let idle_ms = js_sys::Date::now() - self.used_at_ms.get_value();
            // A negative time means that the clock was set back: treat the wallet as idle.
            !(0.0..=IDLE_MS).contains(&idle_ms)
        };
        let used = move || {
            // Check before recording the use: the first touch after a long pause must lock, not extend.
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
