//! Hands the wallet over between tabs: the visible tab owns it.
//!
//! Each tab is in one of these states, stored in [`crate::turn::Turn`]:
//!
//! ```text
//!            take_over               granted, or stolen
//!  Waiting ────────────▶ Asking ───────────────────────▶ Opening
//!    ▲  ▲                  │                              │   │
//!    │  └──────────────────┘ the owner stayed busy        │   │ opened
//!    │                                                    │   ▼
//!    │ give_up                        another tab asks    │ Holding
//!    │                                                    │   │
//!    └──────────────── HandingOver ◀──────────────────────┴───┘
//!                      (until idle)
//! ```
//!
//! | state | condition |
//! |---|---|
//! | Waiting | no `lock`; the tab is in the `queue`, or will join it after [`STEP_BACK_MS`] |
//! | Asking | as Waiting, and `asking` is set |
//! | Opening | `lock` is held and `opening` is set |
//! | Holding | `lock` is held |
//! | HandingOver | `lock` is held and `handover_pending` is set |
//!
//! A queued tab is also granted the lock without asking, as soon as the owner closes. An idle owner skips
//! HandingOver.

use crate::browser::{
    Wanted, WriterLock, ask, is_in_front, request, sleep_ms, wait_for_old_version_tabs, watch_askers,
};
use crate::state::{AppState, Screen};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::AbortController;

/// How long a tab stays out of the queue after it gave up the wallet or another tab asked for it, so that the
/// asking tab is next.
const STEP_BACK_MS: i32 = 3000;
/// A tab polls [`BUSY_STEPS`] times at this interval for a busy owner to finish, before it offers to ask
/// again.
const BUSY_STEP_MS: i32 = 250;
const BUSY_STEPS: usize = 40;

impl AppState {
    /// Handles requests of other tabs for the wallet, and requests it when this tab becomes visible.
    pub(crate) fn watch_turn(self) {
        watch_askers(move || self.was_asked());
        Effect::new(move |_| {
            if self.turn.handover_pending.get() && !self.busy.get() && !self.turn.opening.get() {
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

    /// Acquires and opens the wallet: at once if it is free, otherwise from the queue. A visible tab also
    /// asks the owner.
    pub(crate) async fn seek_the_wallet(self) {
        wait_for_old_version_tabs(|| self.screen.set(Screen::Elsewhere)).await;
        self.turn.old_page.set(false);
        if let Some(lock) = request(&Wanted::IfFree, move || self.give_up()).await {
            return self.acquire(lock);
        }
        self.screen.set(Screen::Elsewhere);
        self.wait_in_turn();
        if is_in_front() {
            self.take_over();
        }
    }

    /// Asks the owner to hand over the wallet. Steals the lock if the owner does not respond.
    pub(crate) fn take_over(self) {
        let turn = self.turn;
        if turn.has_wallet() || turn.asking.get_untracked() || turn.old_page.get_untracked() {
            return;
        }
        turn.asking.set(true);
        spawn_local(async move {
            if ask().await {
                // Now, although this tab may have stepped back a moment ago: it is the one that asks.
                turn.next_step();
                if !turn.has_wallet() && turn.queue.with_value(Option::is_none) {
                    self.wait_in_turn();
                }
                // The owner releases the lock once it is idle, and the queue grants it to this tab.
                for _ in 0..BUSY_STEPS {
                    if turn.has_wallet() {
                        break;
                    }
                    sleep_ms(BUSY_STEP_MS).await;
                }
            } else if !turn.has_wallet()
                && let Some(lock) = request(&Wanted::Stolen, move || self.give_up()).await
            {
                self.acquire(lock);
            }
            turn.asking.set(false);
        });
    }

    /// Joins the queue for the lock.
    fn wait_in_turn(self) {
        let Ok(abort) = AbortController::new() else { return };
        self.turn.queue.set_value(Some(abort.clone()));
        spawn_local(async move {
            if let Some(lock) = request(&Wanted::InTurn(abort), move || self.give_up()).await {
                self.acquire(lock);
            }
        });
    }

    /// Leaves the queue and joins it again later, behind the tab that is asking now.
    fn step_back(self) {
        self.turn.leave_queue();
        let step = self.turn.next_step();
        spawn_local(async move {
            sleep_ms(STEP_BACK_MS).await;
            let is_last = self.turn.steps.get_value() == step;
            if is_last && !self.turn.has_wallet() && self.turn.queue.with_value(Option::is_none) {
                self.wait_in_turn();
            }
        });
    }

    /// Takes ownership with a granted lock, then opens the wallet.
    fn acquire(self, lock: WriterLock) {
        if self.turn.has_wallet() {
            return lock.release();
        }
        self.turn.leave_queue();
        self.turn.lock.set_value(Some(lock));
        self.turn.opening.set(true);
        spawn_local(async move {
            let opened = self.open().await;
            self.turn.opening.set(false);
            // Discard the opened wallet if another tab took the lock in the meantime.
            if self.turn.has_wallet() {
                self.show_opened(opened).await;
            } else {
                self.close();
            }
        });
    }

    /// Handles a request of another tab. Returns whether this tab owns the wallet, and therefore hands it
    /// over: now if it is idle, otherwise when it becomes idle.
    fn was_asked(self) -> bool {
        if !self.turn.has_wallet() {
            self.step_back();
            return false;
        }
        if self.busy.get_untracked() || self.turn.opening.get_untracked() {
            self.turn.handover_pending.set(true);
        } else {
            self.give_up();
        }
        true
    }

    /// Closes the wallet and releases the lock, for the tab that asked or that stole the lock. Once that tab
    /// has opened the wallet, the store's fence rejects later writes of this tab.
    pub(crate) fn give_up(self) {
        self.turn.handover_pending.set(false);
        let lock = self.turn.lock.try_update_value(Option::take).flatten();
        self.close();
        // Release last: the next tab must not open the wallet while this one still uses it.
        if let Some(lock) = lock {
            lock.release();
        }
        self.step_back();
    }
}
