//! Limits how many connections, event streams and costly requests each client holds at a time. One address
//! then neither takes all of them nor fills the queues in front of processor, signer and ledger.

use super::client::ClientKey;
use super::{ApiError, AppState};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use ecash_core::wire::ErrorCode;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A client may hold one in this many of all event streams.
const STREAM_SHARE: usize = 20;
/// Minimum limit of event streams of a client, because the devices of a household or shop share an address.
const MIN_STREAMS: usize = 16;

/// The slots that each client holds. Clients without a slot have no entry.
pub(crate) struct Slots<K> {
    held: Mutex<HashMap<K, usize>>,
    max_per_client: usize,
}

/// A slot held by a client. It is free again when this is dropped.
pub(crate) struct Slot<K: Hash + Eq> {
    slots: Arc<Slots<K>>,
    client: K,
}

impl Slots<ClientKey> {
    /// Allows each client its share of the event streams that are served at once.
    pub(super) fn of_streams(streams: usize) -> Self {
        Self::new((streams / STREAM_SHARE).max(MIN_STREAMS))
    }

    /// Takes a slot for a request.
    ///
    /// # Errors
    /// [`ErrorCode::Overloaded`] if the client holds as many as it may.
    pub(super) fn take_or_refuse(self: &Arc<Self>, client: ClientKey) -> Result<Slot<ClientKey>, ApiError> {
        self.take(client).ok_or(ApiError::new(ErrorCode::Overloaded))
    }
}

impl<K: Hash + Eq + Copy> Slots<K> {
    /// Allows each client this many slots.
    pub(super) fn new(max_per_client: usize) -> Self {
        Self { held: Mutex::default(), max_per_client }
    }

    /// Takes a slot for a client, unless it holds as many as it may.
    pub(super) fn take(self: &Arc<Self>, client: K) -> Option<Slot<K>> {
        let mut held = self.clients();
        let count = held.entry(client).or_default();
        if *count >= self.max_per_client {
            return None;
        }
        *count += 1;
        Some(Slot { slots: self.clone(), client })
    }
}

impl<K> Slots<K> {
    fn clients(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut held = self.slots.clients();
        if let Some(count) = held.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.client);
            }
        }
    }
}

/// A request that verifies, signs or writes. Its slot is held until its work is done, also if the client
/// disconnects.
pub(super) struct CostlyRequest {
    /// The client to whose allowances the request is charged.
    pub(super) client: ClientKey,
    /// Must be moved into the work, and dropped when it is done.
    pub(super) slot: Slot<ClientKey>,
}

impl FromRequestParts<AppState> for CostlyRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let client = ClientKey::from_request_parts(parts, state).await?;
        Ok(Self { client, slot: state.costly.take_or_refuse(client)? })
    }
}
