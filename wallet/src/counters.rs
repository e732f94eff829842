//! Counters per key and chain. They record which outputs of the seed were used.
//!
//! Invariants of each [`Counter`]:
//! 1. `next` is above every counter that was allocated or signed, so no fresh counter is used twice.
//! 2. `next <= signed_end + MAX_AHEAD`, so no signed counter is more than [`MAX_AHEAD`] above the one signed
//!    before it. A restore stops only after a longer gap, so it finds every signed output.

use serde::{Deserialize, Serialize};

/// The most counters allocated beyond the highest one known to be signed. Must stay below the gap at which a
/// restore stops: 384, three runs of 128 without a signature.
const MAX_AHEAD: u64 = 256;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counter {
    /// The lowest counter that was never allocated.
    next: u64,
    /// One more than the highest counter known to be signed; 0 before the first.
    signed_end: u64,
    /// Counters of cancelled plans, ascending and without duplicates. The mint never signs them for those
    /// plans, so they may be allocated again.
    cancelled: Vec<u64>,
}

impl Counter {
    /// Returns one more than the highest counter that was allocated or signed; 0 before the first.
    pub(crate) fn end(&self) -> u64 {
        self.next
    }

    /// Allocates a counter:
    /// 1. a fresh one, while it stays within the limit;
    /// 2. at the limit, the lowest counter of a cancelled plan;
    /// 3. otherwise `None`, until a higher counter is known to be signed.
    ///
    /// Fresh counters come first because a reused counter gives the same blinded token, which lets the mint
    /// link the two requests.
    pub(crate) fn allocate(&mut self) -> Option<u64> {
        // Exactly MAX_AHEAD above the highest signed counter, signed_end − 1, is still allowed.
        if self.next < self.signed_end + MAX_AHEAD {
            self.next += 1;
            return Some(self.next - 1);
        }
        (!self.cancelled.is_empty()).then(|| self.cancelled.remove(0))
    }

    /// Marks a counter as signed. It may have been allocated here or by another device with this seed, or
    /// found by a restore.
    pub(crate) fn signed(&mut self, counter: u64) {
        self.signed_end = self.signed_end.max(counter + 1);
        self.next = self.next.max(counter + 1);
        self.cancelled.retain(|cancelled| *cancelled != counter);
    }

    /// Marks a counter as free again after its plan was cancelled.
    pub(crate) fn cancelled(&mut self, counter: u64) {
        if let Err(index) = self.cancelled.binary_search(&counter) {
            self.cancelled.insert(index, counter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocation_never_runs_more_than_256_ahead() {
        let mut counter = Counter::default();
        let taken: Vec<_> = std::iter::from_fn(|| counter.allocate()).collect();
        assert_eq!(taken, (0..256).collect::<Vec<_>>());
        counter.cancelled(7);
        counter.cancelled(3);
        assert_eq!(counter.allocate(), Some(3));
        assert_eq!(counter.allocate(), Some(7));
        assert_eq!(counter.allocate(), None);
        counter.signed(10);
        assert_eq!(counter.allocate(), Some(256));
    }

    #[test]
    fn restored_outputs_are_never_used_again() {
        let mut counter = Counter::default();
        counter.signed(41);
        assert_eq!(counter.allocate(), Some(42));
    }
}
