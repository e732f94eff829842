//! Signs through requests to the signer process. The mint verifies every signature and keyset that it
//! receives.

use super::SignerLink;
use super::link::Connection;
use super::wire::{ErrorCode, OfferedKeyset, Request, Response};
use crate::errors::{LinkError, SignerError};
use crate::screened::Screened;
use crate::signer::{SignRequest, Signer, with_concurrency_limit};
use async_trait::async_trait;
use ecash_core::keys::Keyset;
use ecash_core::rsabssa::{BlindSignature, Error};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, Semaphore};

/// Maximum number of signatures queued or under way in this process.
const QUEUE_SIZE: usize = 4096;
/// Minimum time between a failed attempt to connect and the next one. In the meantime all requests fail
/// immediately.
const RECONNECT_BACKOFF: Duration = Duration::from_secs(1);
/// Maximum number of signatures of one request that are under way at the signer.
const MAX_CONCURRENT: usize = 8;

/// The signer process, over one connection that is opened when needed.
pub struct RemoteSigner {
    shared: Arc<Shared>,
    queue: Semaphore,
    screened: Arc<Screened>,
}

struct Shared {
    link: SignerLink,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    connection: Option<Connection>,
    failed_at: Option<Instant>,
}

impl RemoteSigner {
    /// Creates a signer at this address, without connecting.
    #[must_use]
    pub fn new(link: SignerLink) -> Self {
        let shared = Shared { link, slot: Mutex::default() };
        Self { shared: Arc::new(shared), queue: Semaphore::new(QUEUE_SIZE), screened: Arc::default() }
    }
}

impl Shared {
    /// Returns the current connection, or opens a new one.
    async fn connection(&self) -> Result<Connection, LinkError> {
        let mut slot = self.slot.lock().await;
        if let Some(connection) = slot.connection.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok(connection.clone());
        }
        // The lock is held while connecting, so only one caller connects. If it fails, the callers that
        // waited for the lock fail immediately.
        if slot.failed_at.is_some_and(|at| at.elapsed() < RECONNECT_BACKOFF) {
            return Err(LinkError::BackingOff);
        }
        match Connection::open(&self.link).await {
            Ok(connection) => Ok(slot.connection.insert(connection).clone()),
            Err(error) => {
                slot.failed_at = Some(Instant::now());
                Err(error)
            }
        }
    }

    /// Drops a connection on which a response timed out, unless it was already replaced. The other end may
    /// have become unreachable without closing the connection, while a new signer may be listening.
    async fn give_up(&self, silent: &Connection) {
        let mut slot = self.slot.lock().await;
        if slot.connection.as_ref().is_some_and(|connection| connection.is(silent)) {
            slot.connection = None;
        }
    }

    /// Sends a request, and retries it once on a new connection if the old one broke. Safe because no request
    /// has side effects.
    async fn ask(&self, request: Request) -> Result<Response, SignerError> {
        let connection = self.connection().await.map_err(SignerError::Unreachable)?;
        match connection.ask(request.clone()).await {
            Err(LinkError::Broken) => {
                let again = self.connection().await.map_err(SignerError::Unreachable)?;
                again.ask(request).await.map_err(SignerError::Unreachable)
            }
            Err(error @ LinkError::TimedOut(_)) => {
                self.give_up(&connection).await;
                Err(SignerError::Unreachable(error))
            }
            answer => answer.map_err(SignerError::Unreachable),
        }
    }

    async fn sign(self: Arc<Self>, (key, blinded_token): SignRequest) -> Result<BlindSignature, SignerError> {
        let request = Request::Sign {
            key_id: key.key_id.as_bytes().to_vec(),
            blinded_token: blinded_token.as_bytes().to_vec(),
        };
        match self.ask(request).await? {
            Response::Signed(signature) => {
                BlindSignature::parse(&key.public, &blinded_token, &signature).map_err(SignerError::Faulty)
            }
            Response::Refused(refusal) => Err(refused(refusal)),
            Response::Pong | Response::Keysets(_) => Err(SignerError::Unreachable(LinkError::Nonsense)),
        }
    }
}

const fn refused(refusal: ErrorCode) -> SignerError {
    match refusal {
        ErrorCode::Overloaded => SignerError::Overloaded,
        ErrorCode::UnknownKey => SignerError::UnknownKey,
        ErrorCode::OutOfRange => SignerError::Faulty(Error::OutOfRange),
        ErrorCode::Faulty => SignerError::Faulty(Error::InvalidSignature),
        ErrorCode::TokenDown => SignerError::TokenDown,
        ErrorCode::NotIssuing => SignerError::NotIssuing,
    }
}

#[async_trait]
impl Signer for RemoteSigner {
    async fn blind_sign(&self, requests: Vec<SignRequest>) -> Result<Vec<BlindSignature>, SignerError> {
        let count = u32::try_from(requests.len()).map_err(|_| SignerError::Overloaded)?;
        let _queue_permits = self.queue.try_acquire_many(count).map_err(|_| SignerError::Overloaded)?;
        with_concurrency_limit(requests, MAX_CONCURRENT, |request| self.shared.clone().sign(request)).await
    }

    async fn ping(&self) -> Result<(), SignerError> {
        match self.shared.ask(Request::Ping).await? {
            Response::Pong => Ok(()),
            Response::Refused(refusal) => Err(refused(refusal)),
            Response::Signed(_) | Response::Keysets(_) => Err(SignerError::Unreachable(LinkError::Nonsense)),
        }
    }

    /// Recomputes the ids of every keyset. Screens the keys and verifies the proofs of keysets that are new.
    async fn keysets(&self) -> Result<Vec<Keyset>, SignerError> {
        let nonsense = || SignerError::Unreachable(LinkError::Nonsense);
        let json = match self.shared.ask(Request::Keysets).await? {
            Response::Keysets(json) => json,
            Response::Refused(refusal) => return Err(refused(refusal)),
            Response::Signed(_) | Response::Pong => return Err(nonsense()),
        };
        let screened = self.screened.clone();
        let checked = tokio::task::spawn_blocking(move || {
            let offered: Vec<OfferedKeyset> = serde_json::from_str(&json).ok()?;
            offered.iter().map(|keyset| check(keyset, &screened)).collect::<Option<Vec<_>>>()
        });
        checked.await.map_err(|_| SignerError::Stopped)?.ok_or_else(nonsense)
    }
}

fn check(offered: &OfferedKeyset, screened: &Screened) -> Option<Keyset> {
    let keyset = Keyset::from_wire(&offered.institution_id, &offered.currency, &offered.keyset).ok()?;
    screened.screen(keyset).ok()
}
