//! Gives each request exclusive use of its resources: claims, tokens, outputs and debited accounts. A request
//! that needs the same resource waits for the result of the first one, so that a token spent twice is not
//! signed for twice, and a repeat finds the stored outcome.

use super::ServiceError;
use ecash_core::AccountId;
use ecash_ledger::UniqueKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::futures::OwnedNotified;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, timeout_at};

/// How long a request waits for its resources.
const RESOURCE_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum number of waiting requests, over all resources.
const MAX_WAITING: usize = 4096;

/// An object that only one request may use at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Resource {
    /// A claim, a token or an output.
    Unique(UniqueKey),
    /// An account that the request debits.
    Debited(AccountId),
}

struct State {
    /// Each resource in use. Its [`Notify`] exists once another request waits for it.
    held: Mutex<HashMap<Resource, Option<Arc<Notify>>>>,
    waiting: Semaphore,
}

/// The set of resources in use. Clones share the set.
#[derive(Clone)]
pub struct InFlight(Arc<State>);

impl Default for InFlight {
    fn default() -> Self {
        Self(Arc::new(State { held: Mutex::default(), waiting: Semaphore::new(MAX_WAITING) }))
    }
}

/// Exclusive use of resources, until it is dropped.
pub(super) struct ResourceGuard {
    state: Arc<State>,
    resources: Vec<Resource>,
}

impl InFlight {
    /// Takes all resources at once, or waits until that is possible. A waiting request holds none, so there
    /// is no deadlock.
    ///
    /// # Errors
    /// [`ServiceError::Overloaded`] after [`RESOURCE_TIMEOUT`], or at once if too many requests wait.
    pub(super) async fn hold(&self, resources: Vec<Resource>) -> Result<ResourceGuard, ServiceError> {
        let deadline = Instant::now() + RESOURCE_TIMEOUT;
        let mut slot = None;
        loop {
            let Err(released) = self.try_take(&resources) else {
                return Ok(ResourceGuard { state: self.0.clone(), resources });
            };
            if slot.is_none() {
                slot = Some(self.0.waiting.try_acquire().map_err(|_| ServiceError::Overloaded)?);
            }
            timeout_at(deadline, released).await.map_err(|_| ServiceError::Overloaded)?;
        }
    }

    /// Takes all resources, or returns a future that resolves when the first one in use is released. Only the
    /// requests that wait for a resource are woken by its release. The future is created while the set is
    /// locked, so no release is missed.
    fn try_take(&self, resources: &[Resource]) -> Result<(), OwnedNotified> {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(resource) = resources.iter().find(|resource| held.contains_key(resource)) {
            let released = held.entry(resource.clone()).or_default().get_or_insert_default();
            return Err(released.clone().notified_owned());
        }
        held.extend(resources.iter().map(|resource| (resource.clone(), None)));
        Ok(())
    }
}

impl Drop for ResourceGuard {
    fn drop(&mut self) {
        let mut held = self.state.held.lock().unwrap_or_else(PoisonError::into_inner);
        for resource in &self.resources {
            if let Some(Some(released)) = held.remove(resource) {
                released.notify_waiters();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecash_core::token::TokenMessage;

    fn token(byte: u8) -> Resource {
        Resource::Unique(UniqueKey::Spent(TokenMessage::new([byte; 32])))
    }

    #[tokio::test(start_paused = true)]
    async fn requests_wait_for_all_their_resources_and_time_out() {
        let in_flight = InFlight::default();
        let first = in_flight.hold(vec![token(1), token(2)]).await.unwrap();
        let rival = tokio::spawn({
            let in_flight = in_flight.clone();
            async move { in_flight.hold(vec![token(2), token(3)]).await.map(drop) }
        });
        tokio::task::yield_now().await;
        assert!(!rival.is_finished());
        // The waiting request holds none of its resources.
        drop(in_flight.hold(vec![token(3)]).await.unwrap());
        drop(first);
        assert!(rival.await.unwrap().is_ok());

        let _first = in_flight.hold(vec![token(1)]).await.unwrap();
        assert!(matches!(in_flight.hold(vec![token(1)]).await, Err(ServiceError::Overloaded)));
    }
}
