//! Signs with the keys of a hardware token, and reopens it after sessions, login or token were lost.
//!
//! Every operation runs at most twice: if the token fails, it is reopened once and the operation is retried.
//! If several operations fail concurrently, one reopens the token and the others wait for it.

use super::open_token::{OnError, OpenToken};
use super::{Pkcs11Settings, TokenError};
use crate::errors::SignerError;
use crate::signer::{SignRequest, Signer, with_concurrency_limit};
use crate::transcript::{Transcript, TranscriptError, Transcripts};
use async_trait::async_trait;
use ecash_core::keys::Keyset;
use ecash_core::rsabssa::BlindSignature;
use ecash_environment::Clock;
use ecash_environment::error_chain;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

/// Maximum number of signatures queued or under way, over all clients.
const QUEUE_SIZE: usize = 4096;
/// Minimum time between two attempts to reopen the token. In the meantime all requests fail immediately.
const REOPEN_BACKOFF: Duration = Duration::from_secs(1);
/// How long a successful signature or the result of a health check is cached as the token's state.
const HEALTH_CACHE_TTL: Duration = Duration::from_secs(1);

/// Errors of [`Pkcs11Signer::open`].
#[derive(Debug, thiserror::Error)]
pub enum OpenSignerError {
    /// The token cannot be opened, or one of its keys failed a check.
    #[error("the hardware token cannot be used")]
    Token(#[source] TokenError),
    /// A transcript cannot be read, or its keyset failed a check.
    #[error("a ceremony's transcript cannot be used")]
    Transcript(#[source] TranscriptError),
}

/// Signs with a token's keys, with up to `SIGNER_SESSIONS` signatures at the same time.
pub struct Pkcs11Signer(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    settings: Pkcs11Settings,
    transcripts: Transcripts,
    state: RwLock<State>,
    queue: Semaphore,
    workers: Arc<Semaphore>,
    /// When the last successful signature was made.
    signed_at: Mutex<Option<Instant>>,
    /// Time and result of the last health check. The lock is held during a check, so that concurrent checks
    /// share one signature.
    last_health_check: AsyncMutex<Option<(Instant, bool)>>,
}

/// The token in use. Signing holds the read lock. Reopening takes the write lock, so it waits for signatures
/// under way.
struct State {
    /// The open token, or the error of opening it.
    open: Result<OpenToken, TokenError>,
    /// Incremented by each successful reopening. An operation that failed in an older generation is retried
    /// without reopening.
    generation: u64,
    /// When the last attempt to reopen ended.
    last_reopen_attempt: Option<Instant>,
}

impl Pkcs11Signer {
    /// Opens the token and checks the keys of every ceremony whose transcript is present. A rejected PIN is
    /// not an error but a state, which [`Self::refused`] reports. A process that exits would be restarted,
    /// and each start would try the PIN until the token locks itself.
    ///
    /// # Errors
    /// [`OpenSignerError`].
    pub fn open(
        settings: Pkcs11Settings,
        transcripts: Transcripts,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenSignerError> {
        let read = transcripts.read().map_err(OpenSignerError::Transcript)?;
        let open = match OpenToken::open(&settings, &read, OnError::Fail) {
            Err(error) if !error.is_final() => return Err(OpenSignerError::Token(error)),
            open => open,
        };
        Ok(Self(Arc::new(Shared {
            clock,
            workers: Arc::new(Semaphore::new(settings.session_count)),
            state: RwLock::new(State { open, generation: 0, last_reopen_attempt: None }),
            queue: Semaphore::new(QUEUE_SIZE),
            signed_at: Mutex::default(),
            last_health_check: AsyncMutex::default(),
            settings,
            transcripts,
        })))
    }

    /// Returns the error that only the operator can resolve, if there is one. The token is then not reopened
    /// automatically.
    #[must_use]
    pub fn refused(&self) -> Option<String> {
        let state = self.0.state.read().unwrap_or_else(PoisonError::into_inner);
        state.open.as_ref().err().filter(|error| error.is_final()).map(|error| error_chain(error))
    }

    /// Returns the maximum number of concurrent signatures.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.0.settings.session_count
    }

    /// Runs blocking work once one of the workers is free. There are as many workers as sessions.
    async fn on_worker<T: Send + 'static>(
        shared: Arc<Shared>,
        work: impl FnOnce(&Shared) -> Result<T, SignerError> + Send + 'static,
    ) -> Result<T, SignerError> {
        let turn = shared.workers.clone().acquire_owned().await.map_err(|_| SignerError::Stopped)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&shared)
        });
        done.await.map_err(|_| SignerError::Stopped)?
    }
}

impl Shared {
    fn sign(&self, request: &SignRequest) -> Result<BlindSignature, SignerError> {
        let now = self.clock.now();
        let signature = self.with_reopen(|open| open.sign(request, now))?;
        *self.signed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(signature)
    }

    fn has_just_signed(&self) -> bool {
        let signed_at = self.signed_at.lock().unwrap_or_else(PoisonError::into_inner);
        signed_at.is_some_and(|at| at.elapsed() < HEALTH_CACHE_TTL)
    }

    /// Runs `work`. If the token failed, reopens it and runs `work` once more.
    fn with_reopen<T>(&self, work: impl Fn(&OpenToken) -> Result<T, SignerError>) -> Result<T, SignerError> {
        // Returns the generation in which the attempt ran. The read lock is released before the token is
        // reopened.
        let attempt = || {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let result = match &state.open {
                Ok(open) => work(open),
                Err(_) => Err(SignerError::Token(TokenError::BackingOff)),
            };
            (state.generation, result)
        };
        match attempt() {
            (seen, Err(SignerError::Token(error))) => {
                self.reopen(seen, &error)?;
                attempt().1
            }
            (_, result) => result,
        }
    }

    /// Reopens the token after an operation failed in generation `seen`.
    fn reopen(&self, seen: u64, because: &TokenError) -> Result<(), SignerError> {
        // 1. Wait until no operation uses the token. Succeed if another thread has reopened it since the
        //    failure.
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.generation != seen {
            return Ok(());
        }
        // 2. Fail without an attempt during the backoff, or if only the operator can resolve the error.
        let backs_off = state.last_reopen_attempt.is_some_and(|at| at.elapsed() < REOPEN_BACKOFF);
        if backs_off || matches!(&state.open, Err(error) if error.is_final()) {
            return Err(SignerError::Token(TokenError::BackingOff));
        }
        // 3. Close the token, then open it. The library must be finalized in between, because it would
        //    otherwise not find the token again.
        tracing::warn!(reason = error_chain(because), "hardware token failed; reopening it");
        if let Ok(open) = std::mem::replace(&mut state.open, Err(TokenError::BackingOff)) {
            open.close();
        }
        state.open = OpenToken::open(&self.settings, &self.readable(), OnError::SkipKeyset);
        state.last_reopen_attempt = Some(Instant::now());
        match &state.open {
            Ok(_) => {
                tracing::info!("hardware token works again");
                state.generation += 1;
                Ok(())
            }
            Err(error) => {
                tracing::error!(
                    error = error_chain(error),
                    "hardware token cannot be reopened; not signing until it recovers"
                );
                Err(SignerError::Token(TokenError::BackingOff))
            }
        }
    }

    /// Returns all usable transcripts. Logs one that cannot be used, and continues with the others.
    fn readable(&self) -> Vec<Transcript> {
        self.transcripts.read_each().unwrap_or_else(|error| {
            tracing::error!(
                error = error_chain(&error),
                "the folder of transcripts cannot be read; not loading keysets"
            );
            Vec::new()
        })
    }

    /// Returns the keysets of the token, after loading those of ceremonies that were performed since the
    /// start.
    fn keysets(&self) -> Result<Vec<Keyset>, SignerError> {
        let known = self.with_reopen(|open| Ok(open.keysets.clone()))?;
        let mut new = self.readable();
        new.retain(|new| !known.contains(new.keyset()));
        if new.is_empty() {
            return Ok(known);
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let Ok(open) = &mut state.open else { return Ok(known) };
        // A concurrent call may have added them while this one waited for the lock.
        new.retain(|new| !open.keysets.contains(new.keyset()));
        for transcript in &new {
            let keyset = &transcript.keyset().keyset_id;
            match open.add(transcript) {
                Ok(()) => tracing::info!(%keyset, "new keyset loaded from its transcript"),
                Err(error) => {
                    tracing::error!(%keyset, error = error_chain(&error), "new keyset rejected; not signing with its keys");
                }
            }
        }
        Ok(open.keysets.clone())
    }
}

#[async_trait]
impl Signer for Pkcs11Signer {
    async fn blind_sign(&self, requests: Vec<SignRequest>) -> Result<Vec<BlindSignature>, SignerError> {
        let count = u32::try_from(requests.len()).map_err(|_| SignerError::Overloaded)?;
        let _queue_permits = self.0.queue.try_acquire_many(count).map_err(|_| SignerError::Overloaded)?;
        let one = |request: SignRequest| Self::on_worker(self.0.clone(), move |shared| shared.sign(&request));
        with_concurrency_limit(requests, self.session_count(), one).await
    }

    /// Succeeds immediately after a recent signature. Otherwise makes a test signature, whose result concurrent
    /// callers share.
    async fn ping(&self) -> Result<(), SignerError> {
        let mut last_health_check = self.0.last_health_check.lock().await;
        if self.0.has_just_signed() {
            return Ok(());
        }
        if let Some((at, well)) = *last_health_check
            && at.elapsed() < HEALTH_CACHE_TTL
        {
            return if well { Ok(()) } else { Err(SignerError::Token(TokenError::BackingOff)) };
        }
        let result = Self::on_worker(self.0.clone(), |shared| shared.with_reopen(OpenToken::prove)).await;
        *last_health_check = Some((Instant::now(), result.is_ok()));
        result
    }

    async fn keysets(&self) -> Result<Vec<Keyset>, SignerError> {
        Self::on_worker(self.0.clone(), Shared::keysets).await
    }
}
