//! Counts the events of a run. A simulation in which an event never occurs does not test it.

use super::case::{Kind, Parameters};
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(super) struct Happened {
    pub(super) withdrawals: AtomicU64,
    pub(super) swaps: AtomicU64,
    pub(super) redemptions: AtomicU64,
    pub(super) devices_restored: AtomicU64,
    pub(super) devices_died: AtomicU64,
    pub(super) bundles_received: AtomicU64,
    pub(super) bundles_lost_to_a_rival: AtomicU64,
    pub(super) gifts_received: AtomicU64,
    pub(super) gifts_taken_back: AtomicU64,
    pub(super) keys_changed: AtomicU64,
}

impl Happened {
    pub(super) fn once(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn assert_everything_did(&self, parameters: &Parameters) {
        let has = |kind| parameters.mix.iter().any(|(known, _)| *known == kind);
        let expected = [
            (&self.withdrawals, true),
            (&self.swaps, true),
            (&self.redemptions, true),
            (&self.bundles_received, true),
            (&self.devices_restored, has(Kind::LoseDevice)),
            (&self.devices_died, has(Kind::DieAfter)),
            (&self.bundles_lost_to_a_rival, has(Kind::ReceiveSeen)),
            (&self.gifts_received, has(Kind::ReceiveGift)),
            (&self.gifts_taken_back, has(Kind::TakeBack)),
            (&self.keys_changed, parameters.days > 30),
        ];
        let did = |(counter, expected): &(&AtomicU64, bool)| !expected || counter.load(Ordering::Relaxed) > 0;
        assert!(expected.iter().all(did), "{self:?}");
    }
}
