//! Counters per key and chain: which outputs of the seed were used.

use serde::{Deserialize, Serialize};

/// How far allocation may run ahead of what is known to be signed, so that restoring finds all.
const MAX_AHEAD: u64 = 256;

/// The counter of one key and chain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counter {
    /// The next fresh one.
    next: u64,
    /// One more than the highest known to be signed.
    signed_end: u64,
    /// Of cancelled plans, rising: never signed, and never will be for those plans.
    cancelled: Vec<u64>,
}

impl Counter {
    /// Takes one: a fresh one, or at the limit the lowest of a cancelled plan.
    pub(crate) fn allocate(&mut self) -> Option<u64> {
        // The highest signed is signed_end − 1, and −1 at the start.
        if self.next < self.signed_end + MAX_AHEAD {
            self.next += 1;
            return Some(self.next - 1);
        }
        (!self.cancelled.is_empty()).then(|| self.cancelled.remove(0))
    }

    /// The mint signed this one.
    pub(crate) fn signed(&mut self, counter: u64) {
        self.signed_end = self.signed_end.max(counter + 1);
        self.next = self.next.max(counter + 1);
        self.cancelled.retain(|cancelled| *cancelled != counter);
    }

    /// The plan of this one was cancelled.
    pub(crate) fn cancelled(&mut self, counter: u64) {
        if let Err(place) = self.cancelled.binary_search(&counter) {
            self.cancelled.insert(place, counter);
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
