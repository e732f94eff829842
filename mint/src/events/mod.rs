//! Account events: notify the subscribers of an account that it was credited, at whichever mint that happened.
//!
//! 1. An event only names an account; subscribers read the balance from the ledger. A lost event causes a delay,
//!    because subscribers also poll. A forged event causes one needless read.
//! 2. Events are published after the commit, without waiting for delivery.
//! 3. Only credits are published, so that no mint learns from another that an account withdrew.

mod redis;

use crate::spent_index::RedisSettings;
use ::redis::RedisError;
use ecash_core::{AccountId, InstitutionId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::timeout;

/// Maximum number of events queued for other mints; more are dropped.
const MAX_OUTGOING: usize = 1024;
/// Maximum number of subscriptions at one mint.
const MAX_SUBSCRIPTIONS: usize = 1000;
/// Maximum number of subscriptions to one account at one mint.
const MAX_PER_ACCOUNT: usize = 8;
/// How often a subscriber polls without an event.
const POLL_INTERVAL: Duration = Duration::from_secs(30);

/// The accounts with a subscription, each with a counter of its events that wakes subscribers when it changes.
#[derive(Default)]
struct Subscriptions(Mutex<HashMap<AccountId, watch::Sender<u64>>>);

impl Subscriptions {
    fn accounts(&self) -> MutexGuard<'_, HashMap<AccountId, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self, account_id: &AccountId) {
        if let Some(events) = self.accounts().get(account_id) {
            events.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    fn subscribe(&self, account_id: &AccountId) -> Option<watch::Receiver<u64>> {
        let mut accounts = self.accounts();
        let events = accounts.entry(account_id.clone()).or_insert_with(|| watch::channel(0).0);
        (events.receiver_count() < MAX_PER_ACCOUNT).then(|| events.subscribe())
    }

    /// Removes an account whose last subscription ends. That subscription still holds its receiver while this is
    /// called.
    fn unsubscribe(&self, account_id: &AccountId) {
        let mut accounts = self.accounts();
        if accounts.get(account_id).is_some_and(|events| events.receiver_count() <= 1) {
            accounts.remove(account_id);
        }
    }
}

/// Publishes events and hands out subscriptions.
pub struct Events {
    /// Subscriptions at this mint.
    here: Arc<Subscriptions>,
    /// Queue of events for the other mints; `None` without Redis.
    elsewhere: Option<mpsc::Sender<AccountId>>,
    places: Arc<Semaphore>,
    closing: watch::Sender<bool>,
}

impl Default for Events {
    /// Creates events that stay within this process.
    fn default() -> Self {
        Self {
            here: Arc::default(),
            elsewhere: None,
            places: Arc::new(Semaphore::new(MAX_SUBSCRIPTIONS)),
            closing: watch::channel(false).0,
        }
    }
}

impl Events {
    /// Creates events that are shared by all mints of an institution through Redis, which need not be reachable yet.
    /// `origin` is a random name of this process.
    ///
    /// # Errors
    /// If an address is not valid.
    pub fn over_redis(
        settings: &RedisSettings,
        institution_id: &InstitutionId,
        origin: String,
    ) -> Result<Self, RedisError> {
        let events = Self::default();
        let (elsewhere, outgoing) = mpsc::channel(MAX_OUTGOING);
        let relay = redis::Relay::new(settings, institution_id, origin, events.here.clone())?;
        tokio::spawn(relay.run(outgoing));
        Ok(Self { elsewhere: Some(elsewhere), ..events })
    }

    /// Publishes an event of an account.
    pub(crate) fn publish(&self, account_id: &AccountId) {
        self.here.notify(account_id);
        if let Some(elsewhere) = &self.elsewhere {
            // Dropped if the queue is full: subscribers at other mints then see the credit at their next poll.
            let _ = elsewhere.try_send(account_id.clone());
        }
    }

    /// Subscribes to an account; `None` if there are too many subscriptions.
    pub(crate) fn subscribe(&self, account_id: &AccountId) -> Option<Subscription> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let events = self.here.subscribe(account_id)?;
        let (account_id, subscriptions) = (account_id.clone(), self.here.clone());
        Some(Subscription {
            account_id,
            events,
            subscriptions,
            closing: self.closing.subscribe(),
            _place: place,
        })
    }

    /// Ends all subscriptions, which would otherwise delay shutdown until its deadline.
    pub(crate) fn close_event_streams(&self) {
        self.closing.send_replace(true);
    }
}

/// A subscription to an account.
pub(crate) struct Subscription {
    account_id: AccountId,
    events: watch::Receiver<u64>,
    subscriptions: Arc<Subscriptions>,
    closing: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

impl Subscription {
    /// Waits for an event or the poll interval. Returns true when the ledger should be read, false when the mint
    /// stops.
    pub(crate) async fn changed(&mut self) -> bool {
        let Self { events, closing, .. } = self;
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => false,
            changed = timeout(POLL_INTERVAL, events.changed()) => !matches!(changed, Ok(Err(_))),
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.subscriptions.unsubscribe(&self.account_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str) -> AccountId {
        AccountId::new(name).unwrap()
    }

    #[tokio::test]
    async fn a_subscriber_gets_events_of_its_own_account_until_the_mint_stops() {
        let events = Events::default();
        let mut subscription = events.subscribe(&account("alice")).unwrap();
        events.publish(&account("bob"));
        events.publish(&account("alice"));
        assert!(subscription.changed().await);
        events.close_event_streams();
        assert!(!subscription.changed().await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_subscriber_without_events_polls() {
        let events = Events::default();
        let mut subscription = events.subscribe(&account("alice")).unwrap();
        let began = tokio::time::Instant::now();
        assert!(subscription.changed().await);
        assert_eq!(began.elapsed(), POLL_INTERVAL);
    }

    #[tokio::test]
    async fn subscriptions_are_limited_and_dropped_ones_make_room() {
        let events = Events::default();
        let alice: Vec<_> =
            (0..MAX_PER_ACCOUNT).map(|_| events.subscribe(&account("alice")).unwrap()).collect();
        assert!(events.subscribe(&account("alice")).is_none());
        let others: Vec<_> = (MAX_PER_ACCOUNT..MAX_SUBSCRIPTIONS)
            .map(|number| events.subscribe(&account(&format!("acc_{number}"))).unwrap())
            .collect();
        assert!(events.subscribe(&account("bob")).is_none());
        drop((alice, others));
        assert!(events.here.accounts().is_empty(), "nothing is kept of a dropped subscription");
        assert!(events.subscribe(&account("alice")).is_some());
    }
}
