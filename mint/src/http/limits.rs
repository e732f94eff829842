//! Limits per client: requests by tower_governor, signatures by their number.

use super::ApiError;
use super::client::{ByClient, ClientKey, ClientKeys};
use axum::body::Body;
use axum::response::IntoResponse as _;
use ecash_core::wire::ErrorCode;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tower_governor::governor::GovernorConfigBuilder;
use tower_governor::{GovernorError, GovernorLayer};

/// Requests that may come at once, as a multiple of the rate per second.
const BURST_SECONDS: u32 = 2;
/// Signatures that may be asked for at once: two full requests.
const SIGNATURE_BURST: u32 = 256;
/// After how many checks forgotten clients are dropped from memory.
const SWEEP_EVERY: u32 = 1024;

pub(super) type RequestLimit =
    GovernorLayer<ByClient, governor::middleware::NoOpMiddleware<governor::clock::QuantaInstant>, Body>;

/// `per_second` requests per second for each client.
pub(super) fn requests(per_second: u32, clients: Arc<ClientKeys>) -> RequestLimit {
    let mut builder = GovernorConfigBuilder::default().key_extractor(ByClient(clients));
    builder.period(Duration::from_secs(1) / per_second.max(1));
    builder.burst_size(per_second.max(1).saturating_mul(BURST_SECONDS));
    // Both settings are above zero, which is all that is asked for.
    let config = Arc::new(builder.finish().unwrap_or_else(|| unreachable!("rate and burst are positive")));
    let swept = config.clone();
    let checks = AtomicU32::new(0);
    let limiter = swept.limiter().clone();
    GovernorLayer::new(config).error_handler(move |error| {
        if checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == 0 {
            limiter.retain_recent();
        }
        match error {
            GovernorError::TooManyRequests { wait_time, .. } => {
                ApiError::new(ErrorCode::RateLimited).retry_after(wait_time.max(1)).into_response()
            }
            _ => ApiError::new(ErrorCode::Unavailable).into_response(),
        }
    })
}

/// Blind signatures per second for each client.
pub(super) struct SignatureLimiter {
    limiter: DefaultKeyedRateLimiter<ClientKey>,
    checks: AtomicU32,
}

impl SignatureLimiter {
    pub(super) fn new(per_second: u32) -> Self {
        let rate = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(per_second.max(SIGNATURE_BURST)).unwrap_or(NonZeroU32::MIN);
        let limiter = RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst));
        Self { limiter, checks: AtomicU32::new(0) }
    }

    /// Takes `count` signatures from the client's allowance.
    pub(super) fn take(&self, client: ClientKey, count: usize) -> Result<(), ApiError> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == 0 {
            self.limiter.retain_recent();
        }
        // Requests with too many items are refused later, with their own code.
        let Some(count) = u32::try_from(count).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        match self.limiter.check_key_n(&client, count) {
            Ok(Err(until)) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                Err(ApiError::new(ErrorCode::RateLimited).retry_after(wait.as_secs().max(1)))
            }
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }
}
