//! The backoff of failed deliveries: twelve attempts within about three days, the span that Standard Webhooks
//! recommends. A shop that is down over a weekend misses nothing.

use std::time::Duration;

/// Pauses after the first failure, the second and so on, in seconds. After the last one the delivery is given
/// up.
const PAUSES_S: [u64; 11] =
    [5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600];
/// The longest `Retry-After` that is honoured, in seconds.
const MAX_RETRY_AFTER_S: u64 = 3600;

/// Returns the pause after this many failed attempts, in seconds, or `None` to give up. `spread` is a random
/// byte that varies the pause by up to a tenth, so that deliveries that failed together are not retried
/// together.
pub(super) fn pause_s(attempts: u32, retry_after: Option<Duration>, spread: u8) -> Option<u64> {
    let pause = *PAUSES_S.get(usize::try_from(attempts).ok()?.checked_sub(1)?)?;
    let spread_pause = pause - pause / 10 + pause * u64::from(spread) / (5 * 255);
    let wanted = retry_after.map_or(0, |pause| pause.as_secs().min(MAX_RETRY_AFTER_S));
    Some(spread_pause.max(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_are_retried_for_three_days() {
        let total = |spread| (1..=11).map(|attempts| pause_s(attempts, None, spread).unwrap()).sum::<u64>();
        assert!((69..=73).contains(&(total(128) / 3600)), "{}", total(128) / 3600);
        assert_eq!((pause_s(2, None, 0), pause_s(2, None, 255)), (Some(27), Some(33)));
        assert_eq!(pause_s(12, None, 0), None);
        assert_eq!(pause_s(0, None, 0), None);
        let after = |seconds| pause_s(1, Some(Duration::from_secs(seconds)), 0);
        assert_eq!((after(1), after(90), after(1_000_000)), (Some(5), Some(90), Some(3600)));
    }
}
