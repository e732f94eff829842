//! Decides whether this machine's clock can be trusted, by the times stored in the ledger.
//!
//! A wrong clock must not end or publish keysets, because neither can be undone. A clock is believed if it is
//! at most 7 days ahead of the newest time at which one was believed, and at most 1 hour behind it. Any other
//! clock is *in doubt* until a second observation a day later agrees with the first, or the operator confirms
//! it (`ecash-mint clock confirm`).

use ecash_core::Timestamp;
use ecash_ledger::LedgerClock;

/// How far ahead of the newest believed time a clock may be. A mint that was off for a week starts without
/// doubt.
const MAX_AHEAD_S: u64 = 7 * DAY_S;
/// How far behind the newest believed time a clock may be.
const MAX_BEHIND_S: u64 = 3600;
/// How long after the first observation in doubt a second one counts as agreeing.
const CONFIRM_AFTER_S: u64 = DAY_S;
/// How old the newest believed time may become before it is written again.
const RECORD_EVERY_S: u64 = 3600;
const DAY_S: u64 = 86_400;

/// Whether a clock is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The clock agrees with the ledger.
    Believed,
    /// The clock disagrees with the ledger, and must not cause anything irreversible.
    InDoubt {
        /// The newest time at which a clock was believed.
        newest: Timestamp,
    },
}

/// Judges a clock that reads `now`. Returns the verdict, and the times that the ledger should store if they
/// changed.
pub(super) fn judge(now: Timestamp, stored: LedgerClock) -> (Verdict, Option<LedgerClock>) {
    let believe = Some(LedgerClock { newest: Some(now), doubted_at: None });
    let Some(newest) = stored.newest else { return (Verdict::Believed, believe) };
    if agrees(now, newest) {
        let recorded = now.unix_seconds() < newest.plus_seconds(RECORD_EVERY_S).unix_seconds();
        let unchanged = recorded && stored.doubted_at.is_none();
        // `max`, because a clock that is slightly behind must not move the newest time back.
        let remembered = LedgerClock { newest: Some(newest.max(now)), doubted_at: None };
        return (Verdict::Believed, (!unchanged).then_some(remembered));
    }
    match stored.doubted_at {
        Some(first) if agrees(now, first) && now >= first.plus_seconds(CONFIRM_AFTER_S) => {
            (Verdict::Believed, believe)
        }
        // The same doubt, observed again less than a day later.
        Some(first) if agrees(now, first) => (Verdict::InDoubt { newest }, None),
        // The first doubt, or a clock that has jumped again.
        _ => {
            let remembered = LedgerClock { newest: Some(newest), doubted_at: Some(now) };
            (Verdict::InDoubt { newest }, Some(remembered))
        }
    }
}

fn agrees(now: Timestamp, earlier: Timestamp) -> bool {
    now <= earlier.plus_seconds(MAX_AHEAD_S) && now.plus_seconds(MAX_BEHIND_S) >= earlier
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_800_000_000;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(START + seconds)
    }

    fn stored(newest: u64, doubted_at: Option<u64>) -> LedgerClock {
        LedgerClock { newest: Some(at(newest)), doubted_at: doubted_at.map(at) }
    }

    #[test]
    fn a_clock_up_to_a_week_ahead_and_an_hour_behind_is_believed() {
        assert_eq!(judge(at(60), stored(0, None)), (Verdict::Believed, None));
        assert_eq!(judge(at(7200), stored(0, None)), (Verdict::Believed, Some(stored(7200, None))));
        assert_eq!(judge(at(7 * DAY_S), stored(0, None)).0, Verdict::Believed);
        assert_eq!(judge(at(400), stored(4000, None)), (Verdict::Believed, None));
        // A new ledger believes any clock.
        assert_eq!(judge(at(5), LedgerClock::default()), (Verdict::Believed, Some(stored(5, None))));
    }

    #[test]
    fn o3_one_observation_of_a_wrong_clock_is_never_believed() {
        const NEWEST: u64 = 20 * DAY_S;
        let doubt = Verdict::InDoubt { newest: at(NEWEST) };
        for wrong in [NEWEST + 7 * DAY_S + 1, 1000 * DAY_S, 5 * DAY_S] {
            assert_eq!(judge(at(wrong), stored(NEWEST, None)), (doubt, Some(stored(NEWEST, Some(wrong)))));
            // A second observation less than a day later changes nothing.
            assert_eq!(judge(at(wrong), stored(NEWEST, Some(wrong))), (doubt, None));
            assert_eq!(judge(at(wrong + DAY_S - 1), stored(NEWEST, Some(wrong))), (doubt, None));
            // A day later it agrees with the first observation.
            let (verdict, remembered) = judge(at(wrong + DAY_S), stored(NEWEST, Some(wrong)));
            assert_eq!((verdict, remembered), (Verdict::Believed, Some(stored(wrong + DAY_S, None))));
        }
        // An hour and a second behind is too much.
        assert_eq!(judge(at(NEWEST - MAX_BEHIND_S - 1), stored(NEWEST, None)).0, doubt);
    }

    #[test]
    fn o3_a_clock_that_jumps_again_starts_the_day_again() {
        let doubt = Verdict::InDoubt { newest: at(0) };
        let (first, second) = (100 * DAY_S, 200 * DAY_S);
        assert_eq!(judge(at(second), stored(0, Some(first))), (doubt, Some(stored(0, Some(second)))));
        // A corrected clock is believed at once, and the doubt is removed.
        assert_eq!(judge(at(60), stored(0, Some(second))), (Verdict::Believed, Some(stored(60, None))));
    }
}
