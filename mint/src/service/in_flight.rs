//! The in-flight set: what is being worked on right now. A rival waits for the first result, so
//! that nobody buys many signatures with one token, and repeats find their outcome.

use super::ServiceError;
use crate::ledger::Name;
use ecash_core::AccountId;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, timeout_at};

/// How long a rival waits.
const WAIT: Duration = Duration::from_secs(10);
/// How many rivals wait, over all names.
const MAX_WAITING: usize = 4096;

/// Something only one request works on at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Held {
    /// A claim, token or output.
    Name(Name),
    /// An account that is debited.
    Debited(AccountId),
}

struct State {
    held: Mutex<HashSet<Held>>,
    released: Notify,
    waiting: Semaphore,
}

/// The set of names that are being worked on.
#[derive(Clone)]
pub struct InFlight(Arc<State>);

impl Default for InFlight {
    fn default() -> Self {
        Self(Arc::new(State {
            held: Mutex::default(),
            released: Notify::new(),
            waiting: Semaphore::new(MAX_WAITING),
        }))
    }
}

/// Names held until this is dropped.
pub(super) struct Hold {
    state: Arc<State>,
    names: Vec<Held>,
}

impl InFlight {
    /// Takes all names at once, or waits until it can.
    pub(super) async fn hold(&self, names: Vec<Held>) -> Result<Hold, ServiceError> {
        let deadline = Instant::now() + WAIT;
        let mut place = None;
        loop {
            let released = self.0.released.notified();
            tokio::pin!(released);
            released.as_mut().enable();
            if self.try_take(&names) {
                return Ok(Hold { state: self.0.clone(), names });
            }
            if place.is_none() {
                place = Some(self.0.waiting.try_acquire().map_err(|_| ServiceError::Overloaded)?);
            }
            timeout_at(deadline, released).await.map_err(|_| ServiceError::Overloaded)?;
        }
    }

    fn try_take(&self, names: &[Held]) -> bool {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        if names.iter().any(|name| held.contains(name)) {
            return false;
        }
        held.extend(names.iter().cloned());
        true
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = self.state.held.lock().unwrap_or_else(PoisonError::into_inner);
        for name in &self.names {
            held.remove(name);
        }
        drop(held);
        self.state.released.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecash_core::token::TokenMessage;

    fn token(byte: u8) -> Held {
        Held::Name(Name::Spent(TokenMessage::new([byte; 32])))
    }

    #[tokio::test(start_paused = true)]
    async fn rivals_wait_for_all_their_names_and_not_for_ever() {
        let in_flight = InFlight::default();
        let first = in_flight.hold(vec![token(1), token(2)]).await.unwrap();
        let rival = tokio::spawn({
            let in_flight = in_flight.clone();
            async move { in_flight.hold(vec![token(2), token(3)]).await.map(drop) }
        });
        tokio::task::yield_now().await;
        assert!(!rival.is_finished());
        // All at once or not at all: the waiting rival holds nothing.
        drop(in_flight.hold(vec![token(3)]).await.unwrap());
        drop(first);
        assert!(rival.await.unwrap().is_ok());

        let _first = in_flight.hold(vec![token(1)]).await.unwrap();
        assert!(matches!(in_flight.hold(vec![token(1)]).await, Err(ServiceError::Overloaded)));
    }
}
