//! Limits how much of something each client holds at a time: event streams, and requests that are costly to answer.
//! One address then neither takes all event streams nor fills the queues in front of processor, signer and ledger.

use super::client::ClientKey;
use super::{ApiError, AppState};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use ecash_core::wire::ErrorCode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A client may hold this part of all event streams.
const STREAM_SHARE: usize = 20;
/// A household's or shop's devices need so many event streams, however few there are.
const MIN_STREAMS: usize = 16;

/// The places that each client holds. Clients without one are not kept.
pub(super) struct Places {
    held: Mutex<HashMap<ClientKey, usize>>,
    max_per_client: usize,
}

/// A place held by a client. It is free again when this is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    client: ClientKey,
}

impl Places {
    /// Allows each client this many.
    pub(super) fn new(max_per_client: usize) -> Self {
        Self { held: Mutex::default(), max_per_client }
    }

    /// Allows each client its share of the event streams that are served at once.
    pub(super) fn of_streams(streams: usize) -> Self {
        Self::new((streams / STREAM_SHARE).max(MIN_STREAMS))
    }

    /// Takes a place for a client.
    ///
    /// # Errors
    /// [`ErrorCode::Overloaded`] if it holds as many as it may.
    pub(super) fn take(self: &Arc<Self>, client: ClientKey) -> Result<Place, ApiError> {
        let mut held = self.clients();
        let count = held.entry(client).or_default();
        if *count >= self.max_per_client {
            return Err(ApiError::new(ErrorCode::Overloaded));
        }
        *count += 1;
        Ok(Place { places: self.clone(), client })
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<ClientKey, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.clients();
        if let Some(count) = held.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.client);
            }
        }
    }
}

/// A request that verifies, signs or writes. Held until its work is done, also if the client hangs up meanwhile.
pub(super) struct CostlyRequest {
    /// Who sends it, for the allowances.
    pub(super) client: ClientKey,
    /// Dropped with the work.
    pub(super) place: Place,
}

impl FromRequestParts<AppState> for CostlyRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let client = ClientKey::from_request_parts(parts, state).await?;
        Ok(Self { client, place: state.costly.take(client)? })
    }
}
