//! Live events: whoever waits for news of an account hears of it at once, at whichever mint it happened.
//!
//! 1. An event says that there is something new, and for whom; what it is is read from the ledger. A lost event
//!    costs time, for listeners look again by themselves; a forged one costs a look.
//! 2. It is told after the commit, and nobody waits for it.
//! 3. Only credits are told: no mint says to another that somebody withdrew.

mod redis;

use crate::spent_index::RedisSettings;
use ::redis::RedisError;
use ecash_core::{AccountId, InstitutionId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc, watch};
use tokio::time::timeout;

/// Events that a slow listener may be behind; then it looks for itself.
const BEHIND: usize = 1024;
/// Events that wait to be carried to other mints; more are lost.
const WAITING: usize = 1024;
/// Listeners of one mint.
const MAX_LISTENERS: usize = 1000;
/// Who has heard nothing for so long looks again.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Tells, and is listened to.
pub struct Live {
    here: broadcast::Sender<AccountId>,
    /// To the other mints, if there is a way.
    elsewhere: Option<mpsc::Sender<AccountId>>,
    places: Arc<Semaphore>,
    closing: watch::Sender<bool>,
}

impl Default for Live {
    /// Within this process.
    fn default() -> Self {
        Self {
            here: broadcast::channel(BEHIND).0,
            elsewhere: None,
            places: Arc::new(Semaphore::new(MAX_LISTENERS)),
            closing: watch::channel(false).0,
        }
    }
}

impl Live {
    /// Among all mints of an institution, by way of Redis, which need not be there yet. `origin` is this
    /// process's own name.
    ///
    /// # Errors
    /// If an address cannot be read.
    pub fn over_redis(
        settings: &RedisSettings,
        institution_id: &InstitutionId,
        origin: String,
    ) -> Result<Self, RedisError> {
        let live = Self::default();
        let (elsewhere, outgoing) = mpsc::channel(WAITING);
        let carrier = redis::Carrier::new(settings, institution_id, origin, live.here.clone())?;
        tokio::spawn(carrier.run(outgoing));
        Ok(Self { elsewhere: Some(elsewhere), ..live })
    }

    /// There is something new for this account.
    pub(crate) fn tell(&self, account_id: &AccountId) {
        // Nobody may be listening here, and the way to the others may be full: see rule 1.
        let _ = self.here.send(account_id.clone());
        if let Some(elsewhere) = &self.elsewhere {
            let _ = elsewhere.try_send(account_id.clone());
        }
    }

    /// A listener; none if there are too many.
    pub(crate) fn listen(&self) -> Option<Listener> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        Some(Listener { events: self.here.subscribe(), closing: self.closing.subscribe(), _place: place })
    }

    /// Sends all listeners away, so that the process can stop.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// Waits for news.
pub(crate) struct Listener {
    events: broadcast::Receiver<AccountId>,
    closing: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// Returns true when it is time to look, false when the mint stops.
    pub(crate) async fn news_of(&mut self, account_id: &AccountId) -> bool {
        let (events, closing) = (&mut self.events, &mut self.closing);
        let news = async {
            loop {
                match events.recv().await {
                    Ok(about) if about != *account_id => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return true,
                    Err(RecvError::Closed) => return false,
                }
            }
        };
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => false,
            news = timeout(LOOK_AGAIN_AFTER, news) => news.unwrap_or(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str) -> AccountId {
        AccountId::new(name).unwrap()
    }

    #[tokio::test]
    async fn a_listener_hears_of_its_own_account_until_the_mint_stops() {
        let live = Live::default();
        let mut listener = live.listen().unwrap();
        live.tell(&account("bob"));
        live.tell(&account("alice"));
        assert!(listener.news_of(&account("alice")).await);
        live.close();
        assert!(!listener.news_of(&account("alice")).await);
    }

    #[tokio::test(start_paused = true)]
    async fn who_hears_nothing_looks_again_and_who_is_behind_does_at_once() {
        let live = Live::default();
        let mut listener = live.listen().unwrap();
        assert!(listener.news_of(&account("alice")).await);
        for _ in 0..2 * BEHIND {
            live.tell(&account("bob"));
        }
        assert!(listener.news_of(&account("alice")).await);
    }

    #[tokio::test]
    async fn there_are_only_so_many_listeners() {
        let live = Live::default();
        let listeners: Vec<_> = (0..MAX_LISTENERS).map(|_| live.listen().unwrap()).collect();
        assert!(live.listen().is_none());
        drop(listeners);
        assert!(live.listen().is_some());
    }
}
