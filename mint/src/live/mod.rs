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
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::timeout;

/// Events that wait to be carried to other mints; more are lost.
const WAITING: usize = 1024;
/// Listeners of one mint, and of one account at one mint.
const MAX_LISTENERS: usize = 1000;
const MAX_OF_ACCOUNT: usize = 8;
/// Who has heard nothing for so long looks again.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// For each account that somebody listens for, how often it had news.
#[derive(Default)]
struct Board(Mutex<HashMap<AccountId, watch::Sender<u64>>>);

impl Board {
    fn accounts(&self) -> MutexGuard<'_, HashMap<AccountId, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn post(&self, account_id: &AccountId) {
        if let Some(news) = self.accounts().get(account_id) {
            news.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    fn subscribe(&self, account_id: &AccountId) -> Option<watch::Receiver<u64>> {
        let mut accounts = self.accounts();
        let news = accounts.entry(account_id.clone()).or_insert_with(|| watch::channel(0).0);
        (news.receiver_count() < MAX_OF_ACCOUNT).then(|| news.subscribe())
    }

    /// Called by a listener that leaves, whose own receiver is still there.
    fn leave(&self, account_id: &AccountId) {
        let mut accounts = self.accounts();
        if accounts.get(account_id).is_some_and(|news| news.receiver_count() <= 1) {
            accounts.remove(account_id);
        }
    }
}

/// Tells, and is listened to.
pub struct Live {
    here: Arc<Board>,
    /// To the other mints, if there is a way.
    elsewhere: Option<mpsc::Sender<AccountId>>,
    places: Arc<Semaphore>,
    closing: watch::Sender<bool>,
}

impl Default for Live {
    /// Within this process.
    fn default() -> Self {
        Self {
            here: Arc::default(),
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
        self.here.post(account_id);
        if let Some(elsewhere) = &self.elsewhere {
            // The way to the others may be full: see rule 1.
            let _ = elsewhere.try_send(account_id.clone());
        }
    }

    /// A listener; none if there are too many.
    pub(crate) fn listen(&self, account_id: &AccountId) -> Option<Listener> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let news = self.here.subscribe(account_id)?;
        let (account_id, board) = (account_id.clone(), self.here.clone());
        Some(Listener { account_id, news, board, closing: self.closing.subscribe(), _place: place })
    }

    /// Sends all listeners away, so that the process can stop.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// Waits for news of an account.
pub(crate) struct Listener {
    account_id: AccountId,
    news: watch::Receiver<u64>,
    board: Arc<Board>,
    closing: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// Returns true when it is time to look, false when the mint stops.
    pub(crate) async fn news(&mut self) -> bool {
        let Self { news, closing, .. } = self;
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => false,
            changed = timeout(LOOK_AGAIN_AFTER, news.changed()) => !matches!(changed, Ok(Err(_))),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.board.leave(&self.account_id);
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
        let mut listener = live.listen(&account("alice")).unwrap();
        live.tell(&account("bob"));
        live.tell(&account("alice"));
        assert!(listener.news().await);
        live.close();
        assert!(!listener.news().await);
    }

    #[tokio::test(start_paused = true)]
    async fn who_hears_nothing_looks_again() {
        let live = Live::default();
        let mut listener = live.listen(&account("alice")).unwrap();
        let began = tokio::time::Instant::now();
        assert!(listener.news().await);
        assert_eq!(began.elapsed(), LOOK_AGAIN_AFTER);
    }

    #[tokio::test]
    async fn there_are_only_so_many_listeners_and_those_who_leave_make_room() {
        let live = Live::default();
        let alice: Vec<_> = (0..MAX_OF_ACCOUNT).map(|_| live.listen(&account("alice")).unwrap()).collect();
        assert!(live.listen(&account("alice")).is_none());
        let others: Vec<_> = (MAX_OF_ACCOUNT..MAX_LISTENERS)
            .map(|number| live.listen(&account(&format!("acc_{number}"))).unwrap())
            .collect();
        assert!(live.listen(&account("bob")).is_none());
        drop((alice, others));
        assert!(live.here.accounts().is_empty(), "nothing is kept of those who left");
        assert!(live.listen(&account("alice")).is_some());
    }
}
