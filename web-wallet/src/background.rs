//! Background work of an open wallet, each step at a random time: renews old tokens and polls for refunds.

use crate::browser::{BrowserWallet, sleep_ms};
use crate::state::AppState;
use ecash_core::PaymentId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::{Rc, Weak};

/// The upper bound of the random delay before each refresh. A refresh swaps only a few old tokens, so that
/// neither the time nor the number of swaps reveals their owner.
const REFRESH_WITHIN_MS: u32 = 40 * 60 * 1000;
/// The same bound for the first refresh. It is short, because many people open the page only for a moment.
const FIRST_REFRESH_WITHIN_MS: u32 = 2 * 60 * 1000;
/// The upper bound of the random delay before each refund check. A check asks about one payment: asking about
/// several at once would reveal to the mint that one person made them.
const LOOK_WITHIN_MS: u32 = 4 * 60 * 60 * 1000;
const FIRST_LOOK_WITHIN_MS: u32 = 3 * 60 * 1000;

impl AppState {
    /// Starts both loops, once for each opened wallet. They hold the wallet weakly and end when it is closed,
    /// so a locked wallet's secrets leave the page.
    pub(crate) fn work_in_background(self) {
        let Some(wallet) = self.handle() else { return };
        let wallet = Rc::downgrade(&wallet);
        if self.worked_for.with_value(|known| known.ptr_eq(&wallet)) {
            return;
        }
        self.worked_for.set_value(wallet.clone());
        spawn_local(self.refresh_while_open(wallet.clone()));
        spawn_local(self.look_for_refunds(wallet));
    }

    async fn refresh_while_open(self, wallet: Weak<BrowserWallet>) {
        let mut within_ms = FIRST_REFRESH_WITHIN_MS;
        while let Some(wallet) = after_a_while(&wallet, within_ms).await {
            // Swap tokens that cannot be spent yet without the random delay.
            let is_urgent = wallet.balance().is_ok_and(|balance| !balance.to_renew.is_zero());
            let refreshed =
                if is_urgent { wallet.refresh().await.map(Some) } else { wallet.refresh_some().await };
            // Ignore errors: the next round retries.
            if let Ok(Some(_)) = refreshed {
                self.changed();
            }
            within_ms = REFRESH_WITHIN_MS;
        }
    }

    async fn look_for_refunds(self, wallet: Weak<BrowserWallet>) {
        let mut within_ms = FIRST_LOOK_WITHIN_MS;
        while let Some(wallet) = after_a_while(&wallet, within_ms).await {
            within_ms = LOOK_WITHIN_MS;
            let Ok(Some(payment_id)) = wallet.random_refundable_payment() else { continue };
            // Ignore errors: the next round retries.
            if wallet.payment(&payment_id).await.is_ok_and(|view| !view.claimable().is_zero()) {
                self.refund_found.set(Some(payment_id));
            }
        }
    }

    /// Opens the refund that the background check found.
    pub(crate) fn take_found_refund(self, payment_id: PaymentId) {
        self.refund_found.set(None);
        self.checkout.set(Some(ecash_wallet::checkout_link::Checkout::Refund(payment_id)));
        self.go(crate::state::Screen::Checkout);
    }
}

/// Waits for a random time below `within_ms`. Returns the wallet, or `None` if it was closed in the meantime.
async fn after_a_while(wallet: &Weak<BrowserWallet>, within_ms: u32) -> Option<Rc<BrowserWallet>> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).ok()?;
    sleep_ms(i32::try_from(u32::from_be_bytes(bytes) % within_ms).unwrap_or(0)).await;
    wallet.upgrade()
}
