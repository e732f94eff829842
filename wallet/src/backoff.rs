//! The retry policy of all requests of the wallet.

use crate::api::ApiError;
use crate::device::Device;

/// Attempts of a request whose response is lost.
const LOST_ATTEMPTS: u32 = 3;
/// The pause after the first lost response. Each later pause is twice as long.
const FIRST_PAUSE_MS: u32 = 250;
/// Attempts of a single request at a busy mint.
const BUSY_ATTEMPTS: u32 = 3;
/// Attempts at a busy mint for one request of a long series. A restore sends more requests per second than a
/// mint allows one client.
const BUSY_ATTEMPTS_OF_SERIES: u32 = 60;
/// The longest `Retry-After` that the wallet honours, in seconds.
const MAX_RETRY_AFTER_S: u32 = 5;

/// Counts the failed attempts of one request.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    lost_left: u32,
    busy_left: u32,
    pause_ms: u32,
}

impl Backoff {
    /// Returns the policy of a single request.
    pub(crate) const fn single() -> Self {
        Self { lost_left: LOST_ATTEMPTS, busy_left: BUSY_ATTEMPTS, pause_ms: FIRST_PAUSE_MS }
    }

    /// Returns the policy of one request of a long series.
    pub(crate) const fn of_series() -> Self {
        Self { busy_left: BUSY_ATTEMPTS_OF_SERIES, ..Self::single() }
    }

    /// Returns the pause before the next attempt, in milliseconds. Returns `None` after the last attempt, and
    /// if the mint rejected the request: a retry would not change that.
    pub(crate) fn pause_after(&mut self, error: &ApiError) -> Option<u32> {
        match error {
            ApiError::Refused(_) => None,
            ApiError::Busy { retry_after_s } => {
                self.busy_left = self.busy_left.checked_sub(1).filter(|left| *left > 0)?;
                Some(retry_after_s.clamp(&1, &MAX_RETRY_AFTER_S) * 1000)
            }
            ApiError::Lost => {
                self.lost_left = self.lost_left.checked_sub(1).filter(|left| *left > 0)?;
                let pause_ms = self.pause_ms;
                self.pause_ms = pause_ms.saturating_mul(2);
                Some(pause_ms)
            }
        }
    }
}

/// Sends a request, and retries it as `backoff` allows. The request must be idempotent: a read, or one with an
/// idempotency key.
pub(crate) async fn repeat<T, F>(
    device: &impl Device,
    mut backoff: Backoff,
    send: impl Fn() -> F,
) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    loop {
        let error = match send().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        match backoff.pause_after(&error) {
            Some(pause_ms) => device.pause(pause_ms).await,
            None => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(mut backoff: Backoff, error: &ApiError) -> Vec<u32> {
        std::iter::from_fn(|| backoff.pause_after(error)).collect()
    }

    #[test]
    fn lost_responses_are_retried_three_times_with_doubling_pauses() {
        assert_eq!(pauses(Backoff::single(), &ApiError::Lost), [250, 500]);
        assert_eq!(pauses(Backoff::of_series(), &ApiError::Lost), [250, 500]);
    }

    #[test]
    fn retry_after_of_a_busy_mint_is_clamped() {
        assert_eq!(pauses(Backoff::single(), &ApiError::Busy { retry_after_s: 2 }), [2000, 2000]);
        assert_eq!(pauses(Backoff::single(), &ApiError::Busy { retry_after_s: 3600 }), [5000, 5000]);
        assert_eq!(pauses(Backoff::of_series(), &ApiError::Busy { retry_after_s: 0 }), [1000; 59]);
    }
}
