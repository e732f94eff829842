//! The dispatcher: sends due deliveries of webhooks, and checks the domains that merchants claim. It runs
//! inside `ecash-mint serve` or as `ecash-mint dispatcher`; only its process makes connections to other
//! networks.
//!
//! Several dispatchers may run on one ledger. Starting a delivery leases it for a minute, so another
//! dispatcher repeats it only if this one died. Then it may arrive twice, with the same id.
//!
//! | module | what it holds |
//! |---|---|
//! | `client` | requests to merchants' servers, and how they fail |
//! | `schedule` | when a failed delivery is retried |
//! | `domains` | reading the files with which domains name their merchants |

mod client;
mod domains;
mod schedule;

use crate::service::{Mint, ServiceError};
use crate::webhooks::{AllowedHost, NoWebhookKey, WebhookSecret, check_url, signatures};
use client::{Answer, Failure, PublicClient};
use ecash_core::wire::{DeliveryState, EndpointState};
use ecash_core::{AccountId, EndpointId, Timestamp};
use ecash_environment::{FailureLog, error_chain};
use ecash_ledger::{Attempt, AttemptEnd, DeliveryRecord, EVENT_GONE, EndpointRecord};
use futures_util::future::join_all;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

/// How often due deliveries are polled. Deliveries that this process creates are sent at once.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Maximum number of concurrent requests to an endpoint.
const PER_ENDPOINT: u32 = 4;
/// Maximum number of endpoints that are sent to at the same time.
const MAX_ACTIVE: usize = 64;
/// The same for one merchant, so that its slow servers do not delay the others.
const MAX_ACTIVE_OF_ONE: usize = 4;
/// Maximum number of due endpoints that one poll reads.
const MAX_DUE: u32 = 1000;
/// Lease of a delivery for the process that has started it, in seconds; longer than an attempt can take.
const LEASE_S: u64 = 60;
/// An endpoint that has failed for this long is disabled: 5 days.
const DISABLED_AFTER_S: u64 = 5 * 86_400;
/// How long ended deliveries are listed: 30 days. Older ones are deleted once a minute, in batches.
const KEPT_S: u64 = 30 * 86_400;
const CLEANING_INTERVAL: Duration = Duration::from_secs(60);
const CLEANING_BATCH: u32 = 1000;
const MAX_CLEANING_BATCHES: usize = 100;
/// Pause before a delivery is retried that the mint itself could not attempt, in seconds.
const LOCAL_FAILURE_RETRY_S: u64 = 60;
/// Pause of an endpoint after its deliveries could not be read, signed or recorded.
const FAILED_PAUSE: Duration = Duration::from_secs(5);

struct Dispatcher {
    mint: Arc<Mint>,
    client: Arc<PublicClient>,
    active: Arc<Active>,
    turns: Arc<Semaphore>,
    /// Wakes the loop when more deliveries may be due.
    wake: Arc<Notify>,
}

/// Endpoints that have a task, with their merchants. A task sends or waits for its turn.
#[derive(Default)]
struct Active(Mutex<HashMap<EndpointId, AccountId>>);

impl Active {
    /// Adds an endpoint, unless it has a task or its merchant has too many of them. Returns whether it was
    /// added.
    fn begin(&self, endpoint: &EndpointRecord) -> bool {
        let mut active = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_merchant = active.values().filter(|merchant| **merchant == endpoint.merchant_id).count();
        let is_free = !active.contains_key(&endpoint.endpoint_id) && of_merchant < MAX_ACTIVE_OF_ONE;
        if is_free {
            active.insert(endpoint.endpoint_id.clone(), endpoint.merchant_id.clone());
        }
        is_free
    }

    fn end(&self, endpoint_id: &EndpointId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(endpoint_id);
    }
}

/// Sends due deliveries, and checks domains, until the mint is dropped.
pub async fn dispatch_forever(mint: Weak<Mint>) {
    let Some((wake, client)) = mint.upgrade().and_then(|mint| {
        let allowed = &mint.deps.webhooks.as_ref()?.allowed;
        Some((mint.made_deliveries.clone(), PublicClient::new(allowed)))
    }) else {
        return;
    };
    let client = match client {
        Ok(client) => Arc::new(client),
        Err(error) => {
            let error = error_chain(&error);
            return tracing::error!(
                error,
                "webhook dispatcher failed: TLS cannot be set up; sending nothing until it is corrected and the process restarted"
            );
        }
    };
    tokio::spawn(domains::check_forever(mint.clone(), client.clone()));
    let (active, turns) = (Arc::<Active>::default(), Arc::new(Semaphore::new(MAX_ACTIVE)));
    let (mut failures, mut cleaned) = (FailureLog::default(), None::<Instant>);
    loop {
        let Some(mint) = mint.upgrade() else { return };
        let dispatcher = Dispatcher {
            mint,
            client: client.clone(),
            active: active.clone(),
            turns: turns.clone(),
            wake: wake.clone(),
        };
        let mut result = dispatcher.begin_due().await;
        if cleaned.is_none_or(|cleaned| cleaned.elapsed() > CLEANING_INTERVAL) {
            cleaned = Some(Instant::now());
            result = result.and(dispatcher.forget_old().await);
        }
        drop(dispatcher);
        failures.record(result, "reading due webhooks or deleting old ones failed; retrying");
        let _ = timeout(POLL_INTERVAL, wake.notified()).await;
    }
}

impl Dispatcher {
    /// Starts a task for each endpoint that has a delivery due and no task.
    async fn begin_due(&self) -> Result<(), ServiceError> {
        let due = self.mint.deps.ledger.webhooks.due_endpoints(self.mint.now(), MAX_DUE).await?;
        for endpoint in due {
            if !self.active.begin(&endpoint) {
                continue;
            }
            let endpoint_id = endpoint.endpoint_id;
            let (active, turns, wake) = (self.active.clone(), self.turns.clone(), self.wake.clone());
            let (mint, client) = (self.mint.clone(), self.client.clone());
            tokio::spawn(async move {
                let turn = turns.acquire().await;
                let sent = send_due(&mint, &client, &endpoint_id).await;
                drop(turn);
                if let Err(error) = &sent {
                    let error = error_chain(error);
                    tracing::error!(error, %endpoint_id, "sending webhooks failed; retrying in 5 s");
                    // The deliveries may still be due. The endpoint stays active meanwhile, so that they are not
                    // tried at every poll.
                    drop(mint);
                    tokio::time::sleep(FAILED_PAUSE).await;
                }
                active.end(&endpoint_id);
                // Deliveries that waited for these may be due now.
                if sent.is_ok_and(|count| count > 0) {
                    wake.notify_one();
                }
            });
        }
        Ok(())
    }

    async fn forget_old(&self) -> Result<(), ServiceError> {
        let before = Timestamp::from_unix_seconds(self.mint.now().unix_seconds().saturating_sub(KEPT_S));
        for _ in 0..MAX_CLEANING_BATCHES {
            if !self.mint.deps.ledger.webhooks.forget_deliveries(before, CLEANING_BATCH).await? {
                break;
            }
        }
        Ok(())
    }
}

/// Sends up to [`PER_ENDPOINT`] deliveries at the same time. Returns how many.
async fn send_due(
    mint: &Arc<Mint>,
    client: &PublicClient,
    endpoint_id: &EndpointId,
) -> Result<usize, ServiceError> {
    let webhooks = mint.deps.webhooks.as_ref().ok_or_else(|| ServiceError::internal(NoWebhookKey))?;
    let now = mint.now();
    // 1. Read the endpoint again, because the merchant may have changed it while the task waited.
    let Some(endpoint) = mint.deps.ledger.webhooks.endpoint(endpoint_id).await? else { return Ok(0) };
    // 2. Derive the secrets before deliveries are leased: a process with the wrong key must leave them to
    //    others.
    let secrets = webhooks.key.secrets(&endpoint, now).map_err(ServiceError::unavailable)?;
    // 3. Lease the deliveries, and send them concurrently.
    let until = now.plus_seconds(LEASE_S);
    let begun = mint.deps.ledger.webhooks.begin_deliveries(endpoint_id, now, until, PER_ENDPOINT).await?;
    let count = begun.len();
    let target = Target { mint, client, endpoint: &endpoint, secrets: &secrets, allowed: &webhooks.allowed };
    let ended = join_all(begun.into_iter().map(|delivery| target.send_or_release(delivery))).await;
    // 4. Stop the endpoint once, although several deliveries may require it.
    let stops = ended.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
    if let Some(state) = stops.last() {
        mint.stop_endpoint(&endpoint, state).await?;
    }
    Ok(count)
}

/// The endpoint that deliveries are sent to, and what sending needs.
struct Target<'a> {
    mint: &'a Mint,
    client: &'a PublicClient,
    endpoint: &'a EndpointRecord,
    secrets: &'a [WebhookSecret],
    allowed: &'a [AllowedHost],
}

impl Target<'_> {
    /// Makes one attempt. If the ledger fails before or after it, the attempt does not count, and is retried.
    async fn send_or_release(&self, delivery: DeliveryRecord) -> Result<Option<EndpointState>, ServiceError> {
        let (number, attempts) = (delivery.number, delivery.attempts);
        let sent = self.send(delivery).await;
        if sent.is_err() {
            let next_at = self.mint.now().plus_seconds(LOCAL_FAILURE_RETRY_S);
            let webhooks = &self.mint.deps.ledger.webhooks;
            // If this fails too, the lease expires and the attempt counts.
            let _ = webhooks.release(&self.endpoint.endpoint_id, number, attempts, next_at).await;
        }
        sent
    }

    /// Makes one attempt and records its end. Returns the new state of the endpoint if the attempt stops it.
    async fn send(&self, delivery: DeliveryRecord) -> Result<Option<EndpointState>, ServiceError> {
        let Self { mint, client, endpoint, secrets, allowed } = self;
        let Some(event) = mint.event(&endpoint.merchant_id, delivery.number).await? else {
            // Deleted after 90 days, while the endpoint was paused.
            record(mint, endpoint, &delivery, Duration::ZERO, &Err(EVENT_GONE)).await?;
            return Ok(None);
        };
        let now = mint.now();
        let body = serde_json::to_vec(&event).map_err(ServiceError::internal)?;
        let signatures = signatures(secrets, &event.id, now, &body);
        let began = Instant::now();
        let timestamp = now.unix_seconds().to_string();
        let headers = [
            ("webhook-id", event.id.as_str()),
            ("webhook-timestamp", &timestamp),
            ("webhook-signature", &signatures),
        ];
        let answer = match check_url(&endpoint.url, allowed) {
            Ok(url) => client.post(url, headers, body).await,
            Err(_) => Err("address_refused"),
        };
        let at = record(mint, endpoint, &delivery, began.elapsed(), &answer).await?;
        if answer.as_ref().is_ok_and(|answer| answer.status == 410) {
            return Ok(Some(EndpointState::Paused));
        }
        if failure_of(&answer).is_none() {
            return Ok(None);
        }
        // Read the stored state, because a success may have ended earlier failures.
        let noted = mint.deps.ledger.webhooks.endpoint(&endpoint.endpoint_id).await?;
        let since = noted.and_then(|endpoint| endpoint.failing_since);
        let is_disabled =
            since.is_some_and(|since| at.unix_seconds() >= since.unix_seconds() + DISABLED_AFTER_S);
        Ok(is_disabled.then_some(EndpointState::Disabled))
    }
}

/// Returns why an attempt failed.
fn failure_of(answer: &Result<Answer, Failure>) -> Option<Failure> {
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => None,
        Ok(_) => Some("status"),
        Err(failure) => Some(failure),
    }
}

/// Records the end of an attempt. Returns its time.
async fn record(
    mint: &Mint,
    endpoint: &EndpointRecord,
    delivery: &DeliveryRecord,
    took: Duration,
    answer: &Result<Answer, Failure>,
) -> Result<Timestamp, ServiceError> {
    let error = failure_of(answer);
    let retry_after = answer.as_ref().ok().and_then(|answer| answer.retry_after);
    let mut spread = [0];
    mint.deps.entropy.fill(&mut spread).map_err(ServiceError::unavailable)?;
    let pause =
        schedule::pause_s(delivery.attempts, retry_after, spread[0]).filter(|_| error != Some(EVENT_GONE));
    let at = mint.now();
    let (state, result) = match (error, pause) {
        (None, _) => (DeliveryState::Delivered, "delivered"),
        (Some(_), Some(_)) => (DeliveryState::Pending, "failed"),
        (Some(_), None) => (DeliveryState::GivenUp, "given_up"),
    };
    let end = AttemptEnd {
        endpoint_id: endpoint.endpoint_id.clone(),
        number: delivery.number,
        attempts: delivery.attempts,
        state,
        next_at: at.plus_seconds(pause.unwrap_or_default()),
        attempt: Attempt {
            at,
            http_status: answer.as_ref().ok().map(|answer| answer.status),
            latency_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            error: error.map(str::to_owned),
        },
    };
    mint.deps.ledger.webhooks.end_attempt(&end).await?;
    mint.meters().webhook(result);
    Ok(at)
}
