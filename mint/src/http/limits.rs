//! Rate limits: of each client's requests, by `tower_governor`; of its blind signatures, verifications and
//! opened accounts, by their number; of each API key's requests.
//!
//! All are token buckets in memory: a client starts with a full allowance (the burst), and the rate refills
//! it. A rejected request takes nothing from the allowance that rejects it.

use super::ApiError;
use super::client::{ByClient, ClientKey, ClientKeys};
use axum::body::Body;
use axum::response::IntoResponse as _;
use ecash_core::wire::{ErrorCode, MAX_ITEMS, MAX_VERIFY_ITEMS};
use governor::clock::{Clock as _, DefaultClock, QuantaInstant};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tower_governor::governor::GovernorConfigBuilder;
use tower_governor::{GovernorError, GovernorLayer};

/// Burst of requests, as a multiple of the rate per second.
const BURST_SECONDS: u32 = 2;
/// Minimum burst of signatures: two requests of the maximum size.
const SIGNATURE_BURST: u32 = 2 * MAX_ITEMS as u32;
/// Minimum burst of verifications: two requests of the maximum size.
const VERIFICATION_BURST: u32 = 2 * MAX_VERIFY_ITEMS as u32;
/// How many accounts a client may open at once.
const OPENING_BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
/// How many payments of one link a client may create at once.
const LINK_BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
/// How long after that a client waits for each further payment of the link.
const LINK_PERIOD: Duration = Duration::from_secs(10);
/// How often idle clients are removed from memory.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

type Middleware = NoOpMiddleware<QuantaInstant>;
type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, Middleware>;
pub(super) type RequestLimit = GovernorLayer<ByClient, Middleware, Body>;

/// Rate of a whole /48 of IPv6, as a multiple of the rate of one /64.
const SITE_FACTOR: u32 = 8;

/// Limits each client to `per_second` requests per second. Must be called within a tokio runtime.
pub(super) fn requests(per_second: u32, clients: Arc<ClientKeys>) -> RequestLimit {
    limit(per_second, ByClient::households(clients))
}

/// Limits each /48 of IPv6 to a multiple of the rate of one client, because a client may own many /64 of it.
pub(super) fn requests_of_sites(per_second: u32, clients: Arc<ClientKeys>) -> RequestLimit {
    limit(per_second.saturating_mul(SITE_FACTOR), ByClient::sites(clients))
}

fn limit(per_second: u32, by: ByClient) -> RequestLimit {
    let mut builder = GovernorConfigBuilder::default().key_extractor(by);
    builder.period(Duration::from_secs(1) / per_second.max(1));
    builder.burst_size(per_second.max(1).saturating_mul(BURST_SECONDS));
    // Fails only if period or burst is zero.
    let config = Arc::new(builder.finish().unwrap_or_else(|| unreachable!("rate and burst are positive")));
    tokio::spawn(forget_idle_clients(Arc::downgrade(config.limiter())));
    GovernorLayer::new(config).error_handler(|error| match error {
        GovernorError::TooManyRequests { wait_time, .. } => {
            ApiError::new(ErrorCode::RateLimited).retry_after(wait_time.max(1)).into_response()
        }
        _ => ApiError::new(ErrorCode::Unavailable).into_response(),
    })
}

/// Removes clients whose allowance is full again, so that memory stays bounded. Ends after the limiter is
/// dropped.
async fn forget_idle_clients<K: Hash + Eq + Clone + Send + Sync + 'static>(limiter: Weak<Limiter<K>>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let Some(limiter) = limiter.upgrade() else { return };
        limiter.retain_recent();
    }
}

/// Limits how much each client, or each holder of a key, may take per second.
pub(super) struct Allowance<K: Hash + Eq + Clone> {
    limiter: Arc<Limiter<K>>,
    burst: NonZeroU32,
}

impl Allowance<(ClientKey, String)> {
    /// Limits the payments that a client creates of one link. All payers in a shop may share an address.
    pub(super) fn of_links() -> Self {
        // Fails only for a period of zero.
        let quota = Quota::with_period(LINK_PERIOD).unwrap_or_else(|| unreachable!("the period is positive"));
        Self::with_quota(quota.allow_burst(LINK_BURST), LINK_BURST)
    }
}

impl Allowance<ClientKey> {
    /// Allows each client `per_second` blind signatures per second.
    pub(super) fn of_signatures(per_second: u32) -> Self {
        Self::new(per_second, per_second.max(SIGNATURE_BURST))
    }

    /// Allows each client `per_second` verifications per second. A token counts once for each key that it is
    /// tried under.
    pub(super) fn of_verifications(per_second: u32) -> Self {
        Self::new(per_second, per_second.max(VERIFICATION_BURST))
    }

    /// Allows each client to open `per_minute` accounts per minute. This is the lowest rate, because accounts
    /// are never deleted.
    pub(super) fn of_openings(per_minute: u32) -> Self {
        let rate = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let burst = OPENING_BURST.max(rate);
        Self::with_quota(Quota::per_minute(rate).allow_burst(burst), burst)
    }
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Allowance<K> {
    /// Allows `per_second` requests per second.
    pub(super) fn of_requests(per_second: u32) -> Self {
        Self::new(per_second, per_second.saturating_mul(BURST_SECONDS))
    }

    fn new(per_second: u32, burst: u32) -> Self {
        let rate = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Self::with_quota(Quota::per_second(rate).allow_burst(burst), burst)
    }

    fn with_quota(quota: Quota, burst: NonZeroU32) -> Self {
        let limiter = Arc::new(RateLimiter::keyed(quota));
        tokio::spawn(forget_idle_clients(Arc::downgrade(&limiter)));
        Self { limiter, burst }
    }

    /// Takes `count` from an allowance, or all of it if that is less, or rejects the request without taking
    /// any.
    pub(super) fn take_at_most(&self, holder: &K, count: usize) -> Result<(), ApiError> {
        let burst = usize::try_from(self.burst.get()).unwrap_or(count);
        self.take(holder, count.min(burst))
    }

    /// Takes `count` from an allowance, or rejects the request without taking any.
    pub(super) fn take(&self, holder: &K, count: usize) -> Result<(), ApiError> {
        // A request with no items, or with more than the burst, is rejected later with its own code.
        let Some(count) = u32::try_from(count).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        match self.limiter.check_key_n(holder, count) {
            Ok(Err(until)) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                Err(ApiError::new(ErrorCode::RateLimited).retry_after(wait.as_secs().max(1)))
            }
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }
}
