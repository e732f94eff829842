//! Limits the event streams of each client, so that one address does not take all places.

use super::ApiError;
use super::client::ClientKey;
use ecash_core::wire::ErrorCode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A client may hold this part of all places.
const SHARE: usize = 20;
/// A household's or shop's devices need so many, however few places there are.
const MIN_PER_CLIENT: usize = 16;

/// The open event streams of each client. Clients without one are not kept.
pub(super) struct Streams {
    open: Mutex<HashMap<ClientKey, usize>>,
    max_per_client: usize,
}

/// An open event stream. It ends when this is dropped.
pub(super) struct OpenStream {
    streams: Arc<Streams>,
    client: ClientKey,
}

impl Streams {
    /// Divides this many places.
    pub(super) fn of(places: usize) -> Self {
        Self { open: Mutex::default(), max_per_client: (places / SHARE).max(MIN_PER_CLIENT) }
    }

    /// Counts a stream of a client.
    ///
    /// # Errors
    /// [`ErrorCode::Overloaded`] if it has as many as it may; it asks from time to time then.
    pub(super) fn open(self: &Arc<Self>, client: ClientKey) -> Result<OpenStream, ApiError> {
        let mut open = self.clients();
        let count = open.entry(client).or_default();
        if *count >= self.max_per_client {
            return Err(ApiError::new(ErrorCode::Overloaded));
        }
        *count += 1;
        Ok(OpenStream { streams: self.clone(), client })
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<ClientKey, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.clients();
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}
