//! Events notify subscribers that an account was credited, that a payment ended or that a merchant has a new
//! event, whichever mint committed it.
//!
//! 1. An event only names an account or a payment; subscribers read its state from the ledger. A lost event
//!    causes a delay, because subscribers also poll. A forged event causes one needless read.
//! 2. Events are published after the commit, without waiting for delivery.
//! 3. Only these three are published, so that no mint learns from another that an account withdrew.

mod redis;

use crate::spent_index::RedisSettings;
use ::redis::RedisError;
use ecash_core::{AccountId, InstitutionId, PaymentId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::timeout;

/// Maximum number of events queued for other mints; more are dropped.
const MAX_OUTGOING: usize = 1024;
/// Maximum number of subscriptions to one topic at one mint.
const MAX_PER_TOPIC: usize = 8;
/// How often a subscriber polls without an event.
const POLL_INTERVAL: Duration = Duration::from_secs(30);

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// An account was credited.
    Account(AccountId),
    /// A payment ended.
    Payment(PaymentId),
    /// An event in a merchant's feed was numbered.
    Feed(AccountId),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account_id) => write!(f, "account:{account_id}"),
            Self::Payment(payment_id) => write!(f, "payment:{payment_id}"),
            Self::Feed(merchant_id) => write!(f, "feed:{merchant_id}"),
        }
    }
}

impl Topic {
    /// Parses what another mint sent; the inverse of `Display`.
    fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("account", id) => AccountId::new(id).ok().map(Self::Account),
            ("payment", id) => PaymentId::new(id).ok().map(Self::Payment),
            ("feed", id) => AccountId::new(id).ok().map(Self::Feed),
            _ => None,
        }
    }
}

/// The topics with a subscription, each with a counter of its events that wakes subscribers when it changes.
#[derive(Default)]
struct Subscriptions(Mutex<HashMap<Topic, watch::Sender<u64>>>);

impl Subscriptions {
    fn topics(&self) -> MutexGuard<'_, HashMap<Topic, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self, topic: &Topic) {
        if let Some(events) = self.topics().get(topic) {
            events.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    fn subscribe(&self, topic: &Topic) -> Option<watch::Receiver<u64>> {
        let mut topics = self.topics();
        let events = topics.entry(topic.clone()).or_insert_with(|| watch::channel(0).0);
        (events.receiver_count() < MAX_PER_TOPIC).then(|| events.subscribe())
    }

    /// Removes a topic whose last subscription ends. That subscription still holds its receiver while this is
    /// called.
    fn unsubscribe(&self, topic: &Topic) {
        let mut topics = self.topics();
        if topics.get(topic).is_some_and(|events| events.receiver_count() <= 1) {
            topics.remove(topic);
        }
    }
}

/// Publishes events and hands out subscriptions.
pub struct Events {
    /// Subscriptions at this mint.
    here: Arc<Subscriptions>,
    /// Queue of events for the other mints; `None` without Redis.
    elsewhere: Option<mpsc::Sender<Topic>>,
    slots: Arc<Semaphore>,
    closing: watch::Sender<bool>,
}

impl Events {
    /// Creates events that stay within this process, with at most `max_subscriptions` subscriptions.
    #[must_use]
    pub fn within_this_process(max_subscriptions: usize) -> Self {
        Self {
            here: Arc::default(),
            elsewhere: None,
            slots: Arc::new(Semaphore::new(max_subscriptions)),
            closing: watch::channel(false).0,
        }
    }

    /// Creates events that are shared by all mints of an institution through Redis, which need not be
    /// reachable yet. `origin` is a random name of this process.
    ///
    /// # Errors
    /// If an address is not valid.
    pub fn over_redis(
        settings: &RedisSettings,
        institution_id: &InstitutionId,
        origin: String,
        max_subscriptions: usize,
    ) -> Result<Self, RedisError> {
        let events = Self::within_this_process(max_subscriptions);
        let (elsewhere, outgoing) = mpsc::channel(MAX_OUTGOING);
        let relay = redis::Relay::new(settings, institution_id, origin, events.here.clone())?;
        tokio::spawn(relay.run(outgoing));
        Ok(Self { elsewhere: Some(elsewhere), ..events })
    }

    /// Publishes an event.
    pub(crate) fn publish(&self, topic: Topic) {
        self.here.notify(&topic);
        if let Some(elsewhere) = &self.elsewhere {
            // Dropped if the queue is full: subscribers at other mints then notice at their next poll.
            let _ = elsewhere.try_send(topic);
        }
    }

    /// Subscribes to a topic; `None` if there are too many subscriptions.
    pub(crate) fn subscribe(&self, topic: Topic) -> Option<Subscription> {
        let slot = self.slots.clone().try_acquire_owned().ok()?;
        let events = self.here.subscribe(&topic)?;
        let subscriptions = self.here.clone();
        Some(Subscription { topic, events, subscriptions, closing: self.closing.subscribe(), _slot: slot })
    }

    /// Ends all subscriptions, which would otherwise delay shutdown until its deadline.
    pub(crate) fn close_event_streams(&self) {
        self.closing.send_replace(true);
    }
}

/// A subscription to a topic.
pub(crate) struct Subscription {
    topic: Topic,
    events: watch::Receiver<u64>,
    subscriptions: Arc<Subscriptions>,
    closing: watch::Receiver<bool>,
    _slot: OwnedSemaphorePermit,
}

impl Subscription {
    /// Waits for an event or the poll interval. Returns true when the ledger should be read, false when the
    /// mint stops.
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
        self.subscriptions.unsubscribe(&self.topic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_SUBSCRIPTIONS: usize = 100;

    fn account(name: &str) -> Topic {
        Topic::Account(AccountId::new(name).unwrap())
    }

    #[test]
    fn topics_are_parsed_as_they_are_written() {
        for topic in [account("acc_1"), Topic::Payment(PaymentId::from_random(&[7; 16]))] {
            assert_eq!(Topic::parse(&topic.to_string()), Some(topic));
        }
        for bad in ["", "account:", "acc_1", "payment:acc_1", "keyset:key_001"] {
            assert_eq!(Topic::parse(bad), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn a_subscriber_gets_events_of_its_own_account_until_the_mint_stops() {
        let events = Events::within_this_process(MAX_SUBSCRIPTIONS);
        let mut subscription = events.subscribe(account("alice")).unwrap();
        events.publish(account("bob"));
        events.publish(account("alice"));
        assert!(subscription.changed().await);
        events.close_event_streams();
        assert!(!subscription.changed().await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_subscriber_without_events_polls() {
        let events = Events::within_this_process(MAX_SUBSCRIPTIONS);
        let mut subscription = events.subscribe(account("alice")).unwrap();
        let began = tokio::time::Instant::now();
        assert!(subscription.changed().await);
        assert_eq!(began.elapsed(), POLL_INTERVAL);
    }

    #[tokio::test]
    async fn subscriptions_are_limited_and_dropped_ones_make_room() {
        let events = Events::within_this_process(MAX_SUBSCRIPTIONS);
        let alice: Vec<_> = (0..MAX_PER_TOPIC).map(|_| events.subscribe(account("alice")).unwrap()).collect();
        assert!(events.subscribe(account("alice")).is_none());
        let others: Vec<_> = (MAX_PER_TOPIC..MAX_SUBSCRIPTIONS)
            .map(|number| events.subscribe(account(&format!("acc_{number}"))).unwrap())
            .collect();
        assert!(events.subscribe(account("bob")).is_none());
        drop((alice, others));
        assert!(events.here.topics().is_empty(), "dropped subscriptions leave no topic");
        assert!(events.subscribe(account("alice")).is_some());
    }
}
