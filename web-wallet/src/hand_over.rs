//! Hands the wallet from tab to tab: the tab in front has it.

use crate::browser::{
    Wanted, WriterLock, ask, is_in_front, outlast_old_pages, request, sleep_ms, watch_askers,
};
use crate::state::{AppState, Screen};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::AbortController;

/// How long a page that gave up the wallet, or heard another one ask for it, stays out of the queue, so that the asking page is next.
const STEP_BACK_MS: i32 = 3000;
/// How long a page waits for another one that is busy, before it offers to ask again.
const BUSY_STEP_MS: i32 = 250;
const BUSY_STEPS: usize = 40;

impl AppState {
    /// Listens to pages that ask for the wallet, and asks for it when this page comes to the front.
    pub(crate) fn watch_turn(self) {
        watch_askers(move || self.was_asked());
        Effect::new(move |_| {
            if self.turn.leaves_soon.get() && !self.busy.get() && !self.turn.opening.get() {
                self.give_up();
            }
        });
        let shown = window_event_listener(ev::visibilitychange, move |_| {
            if is_in_front() {
                self.take_over();
            }
        });
        on_cleanup(move || shown.remove());
    }

    /// Opens the wallet as soon as it is this page's turn. A page in front asks for it.
    pub(crate) async fn seek_the_wallet(self) {
        outlast_old_pages(|| self.screen.set(Screen::Elsewhere)).await;
        self.turn.old_page.set(false);
        if let Some(lock) = request(&Wanted::IfFree, move || self.give_up()).await {
            return self.has_turn(lock);
        }
        self.screen.set(Screen::Elsewhere);
        self.wait_in_turn();
        if is_in_front() {
            self.take_over();
        }
    }

    /// Asks the page that has the wallet for it, and takes it from one that does not answer.
    pub(crate) fn take_over(self) {
        let turn = self.turn;
        if turn.has_wallet() || turn.asking.get_untracked() || turn.old_page.get_untracked() {
            return;
        }
        turn.asking.set(true);
        spawn_local(async move {
            if ask().await {
                // It comes by the queue, once the other page is idle.
                for _ in 0..BUSY_STEPS {
                    if turn.has_wallet() {
                        break;
                    }
                    sleep_ms(BUSY_STEP_MS).await;
                }
            } else if !turn.has_wallet()
                && let Some(lock) = request(&Wanted::Stolen, move || self.give_up()).await
            {
                self.has_turn(lock);
            }
            turn.asking.set(false);
        });
    }

    fn wait_in_turn(self) {
        let Ok(abort) = AbortController::new() else { return };
        self.turn.queue.set_value(Some(abort.clone()));
        spawn_local(async move {
            if let Some(lock) = request(&Wanted::InTurn(abort), move || self.give_up()).await {
                self.has_turn(lock);
            }
        });
    }

    /// Waits in turn, but behind the page that asks now.
    fn step_back(self) {
        self.turn.leave_queue();
        spawn_local(async move {
            sleep_ms(STEP_BACK_MS).await;
            if !self.turn.has_wallet() && self.turn.queue.with_value(Option::is_none) {
                self.wait_in_turn();
            }
        });
    }

    fn has_turn(self, lock: WriterLock) {
        if self.turn.has_wallet() {
            return lock.release();
        }
        self.turn.leave_queue();
        self.turn.lock.set_value(Some(lock));
        self.turn.opening.set(true);
        spawn_local(async move {
            let opened = self.open().await;
            self.turn.opening.set(false);
            // Another page took the lock; discard what was opened.
            if self.turn.has_wallet() {
                self.show_opened(opened).await;
            } else {
                self.close();
            }
        });
    }

    /// Returns whether this page has the wallet, which the asking page then gets.
    fn was_asked(self) -> bool {
        if !self.turn.has_wallet() {
            self.step_back();
            return false;
        }
        if self.busy.get_untracked() || self.turn.opening.get_untracked() {
            self.turn.leaves_soon.set(true);
        } else {
            self.give_up();
        }
        true
    }

    /// Releases the wallet to the page that asked, or that took this one for suspended. Once that page has opened the wallet,
    /// the store's fence rejects later writes of this page.
    pub(crate) fn give_up(self) {
        self.turn.leaves_soon.set(false);
        let lock = self.turn.lock.try_update_value(Option::take).flatten();
        self.close();
        // Last, so that the next page finds nothing of this one at work.
        if let Some(lock) = lock {
            lock.release();
        }
        self.step_back();
    }
}
