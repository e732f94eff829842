//! The wallet engine's device in the browser: time, randomness, pauses and progress.

use super::wait::{next_task, sleep_ms};
use ecash_core::Timestamp;
use ecash_wallet::device::{NoEntropy, StretchCost, StretchError};
use ecash_wallet::{Device, Progress};
use leptos::prelude::{RwSignal, Set};
use std::cell::Cell;
use zeroize::Zeroizing;

/// Longest time that work blocks the page before it yields; below one frame at 60 Hz.
const SLICE_MS: f64 = 12.0;

/// The browser as a [`Device`]; progress goes to a signal.
pub(crate) struct BrowserDevice {
    progress: RwSignal<Option<Progress>>,
    slice_began_ms: Cell<f64>,
}

impl BrowserDevice {
    pub(crate) fn new(progress: RwSignal<Option<Progress>>) -> Self {
        Self { progress, slice_began_ms: Cell::new(monotonic_ms()) }
    }
}

/// Milliseconds since the page was opened.
fn monotonic_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

impl Device for BrowserDevice {
    fn now(&self) -> Timestamp {
        // Milliseconds since 1970, far below 2^53.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a date after 1970")]
        let seconds = (js_sys::Date::now() / 1000.0) as u64;
        Timestamp::from_unix_seconds(seconds)
    }

    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }

    async fn stretch(
        &self,
        passphrase: &str,
        salt: &[u8; 16],
        cost: StretchCost,
    ) -> Result<Zeroizing<[u8; 32]>, StretchError> {
        super::stretch::stretch(passphrase, salt, cost).await
    }

    async fn yield_now(&self) {
        if monotonic_ms() - self.slice_began_ms.get() > SLICE_MS {
            next_task().await;
            self.slice_began_ms.set(monotonic_ms());
        }
    }

    async fn pause(&self, ms: u32) {
        sleep_ms(i32::try_from(ms).unwrap_or(i32::MAX)).await;
        self.slice_began_ms.set(monotonic_ms());
    }

    fn progress(&self, progress: Progress) {
        self.progress.set(Some(progress));
    }
}
