//! Signs with the keys of a token, and heals itself when sessions, login or token are lost.

use super::open_token::{Demand, OpenToken};
use super::{Pkcs11Settings, TokenError};
use crate::signer::{SignRequest, Signer, SignerError, in_turns};
use crate::transcript::{Transcript, TranscriptError, Transcripts};
use async_trait::async_trait;
use ecash_core::keys::Keyset;
use ecash_core::rsabssa::BlindSignature;
use ecash_environment::Clock;
use ecash_environment::error_chain;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

/// Signatures that may wait, over all clients.
const QUEUE_SIZE: usize = 4096;
/// The token is reopened at most once in this interval; in between all requests fail at once.
const REST: Duration = Duration::from_secs(1);
/// How long a signature, or a failed proof, counts as the token's state.
const PROOF_LASTS: Duration = Duration::from_secs(1);

/// Why the signer does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenSignerError {
    /// The token is not as it must be.
    #[error("the token cannot be used")]
    Token(#[source] TokenError),
    /// A transcript is not as it must be.
    #[error("a ceremony's transcript cannot be used")]
    Transcript(#[source] TranscriptError),
}

/// Signs with a token's keys, as many at once as it has sessions.
pub struct Pkcs11Signer(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    settings: Pkcs11Settings,
    transcripts: Transcripts,
    state: RwLock<State>,
    queue: Semaphore,
    workers: Arc<Semaphore>,
    /// When it last signed.
    signed_at: Mutex<Option<Instant>>,
    /// One proof at a time, however many ask: health checks must not use up the token.
    proved: AsyncMutex<Option<(Instant, bool)>>,
}

/// The token in use. Signing takes the read lock; reopening takes the write lock, and so waits for signatures under way.
struct State {
    open: Result<OpenToken, TokenError>,
    /// Counts openings, so that of many who saw a failure one heals.
    generation: u64,
    /// When the last attempt to heal ended.
    healed_at: Option<Instant>,
}

impl Pkcs11Signer {
    /// Opens the token and checks the keys of every ceremony whose transcript is there. A refused PIN
    /// is no error here but a state, in [`Self::refused`]: who exits is started again, and each start
    /// would try the PIN until the token locks itself.
    ///
    /// # Errors
    /// [`OpenSignerError`].
    pub fn open(
        settings: Pkcs11Settings,
        transcripts: Transcripts,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenSignerError> {
        let read = transcripts.read().map_err(OpenSignerError::Transcript)?;
        let open = match OpenToken::open(&settings, &read, Demand::All) {
            Err(error) if !error.is_final() => return Err(OpenSignerError::Token(error)),
            open => open,
        };
        Ok(Self(Arc::new(Shared {
            clock,
            workers: Arc::new(Semaphore::new(settings.session_count)),
            state: RwLock::new(State { open, generation: 0, healed_at: None }),
            queue: Semaphore::new(QUEUE_SIZE),
            signed_at: Mutex::default(),
            proved: AsyncMutex::default(),
            settings,
            transcripts,
        })))
    }

    /// Why the token was refused for good, if it was.
    #[must_use]
    pub fn refused(&self) -> Option<String> {
        let state = self.0.state.read().unwrap_or_else(PoisonError::into_inner);
        state.open.as_ref().err().filter(|error| error.is_final()).map(|error| error_chain(error))
    }

    /// How many signatures are made at once.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.0.settings.session_count
    }

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
        let signature = self.healing(|open| open.sign(request, now))?;
        *self.signed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(signature)
    }

    fn has_just_signed(&self) -> bool {
        let signed_at = self.signed_at.lock().unwrap_or_else(PoisonError::into_inner);
        signed_at.is_some_and(|at| at.elapsed() < PROOF_LASTS)
    }

    /// The work, and once more after the token was opened again, if it failed.
    fn healing<T>(&self, work: impl Fn(&OpenToken) -> Result<T, SignerError>) -> Result<T, SignerError> {
        let attempt = || {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let result = match &state.open {
                Ok(open) => work(open),
                Err(_) => Err(SignerError::Token(TokenError::Resting)),
            };
            (state.generation, result)
        };
        match attempt() {
            (seen, Err(SignerError::Token(error))) => {
                self.heal(seen, &error)?;
                attempt().1
            }
            (_, result) => result,
        }
    }

    /// Reopens the token, unless another thread did since, or tried a moment ago, or only an operator can help.
    fn heal(&self, seen: u64, because: &TokenError) -> Result<(), SignerError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.generation != seen {
            return Ok(());
        }
        let resting = state.healed_at.is_some_and(|at| at.elapsed() < REST);
        if resting || matches!(&state.open, Err(error) if error.is_final()) {
            return Err(SignerError::Token(TokenError::Resting));
        }
        tracing::warn!(reason = error_chain(because), "the token stopped working; opening it again");
        if let Ok(open) = std::mem::replace(&mut state.open, Err(TokenError::Resting)) {
            open.close();
        }
        state.open = OpenToken::open(&self.settings, &self.readable(), Demand::EachOnItsOwn);
        state.healed_at = Some(Instant::now());
        match &state.open {
            Ok(_) => {
                tracing::info!("the token works again");
                state.generation += 1;
                Ok(())
            }
            Err(error) => {
                tracing::error!(error = error_chain(error), "the token cannot be opened");
                Err(SignerError::Token(TokenError::Resting))
            }
        }
    }

    /// The transcripts that can be used; one that cannot must not stop the others.
    fn readable(&self) -> Vec<Transcript> {
        self.transcripts.read_each().unwrap_or_else(|error| {
            tracing::error!(error = error_chain(&error), "the transcripts cannot be read");
            Vec::new()
        })
    }

    /// What the token holds, with ceremonies held since the start.
    fn keysets(&self) -> Result<Vec<Keyset>, SignerError> {
        let known = self.healing(|open| Ok(open.keysets.clone()))?;
        let mut new = self.readable();
        new.retain(|new| !known.contains(new.keyset()));
        if new.is_empty() {
            return Ok(known);
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let Ok(open) = &mut state.open else { return Ok(known) };
        for transcript in &new {
            let keyset = &transcript.keyset().keyset_id;
            match open.add(transcript) {
                Ok(()) => tracing::info!(%keyset, "a new ceremony's keys are in use"),
                Err(error) => {
                    tracing::error!(%keyset, error = error_chain(&error), "a new ceremony's keys are refused");
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
        let _place = self.0.queue.try_acquire_many(count).map_err(|_| SignerError::Overloaded)?;
        let one = |request: SignRequest| Self::on_worker(self.0.clone(), move |shared| shared.sign(&request));
        in_turns(requests, self.session_count(), one).await
    }

    /// A signature of a moment ago is proof enough; else one is made, for all who ask meanwhile.
    async fn ping(&self) -> Result<(), SignerError> {
        let mut proved = self.0.proved.lock().await;
        if self.0.has_just_signed() {
            return Ok(());
        }
        if let Some((at, well)) = *proved
            && at.elapsed() < PROOF_LASTS
        {
            return if well { Ok(()) } else { Err(SignerError::Token(TokenError::Resting)) };
        }
        let result = Self::on_worker(self.0.clone(), |shared| shared.healing(OpenToken::prove)).await;
        *proved = Some((Instant::now(), result.is_ok()));
        result
    }

    async fn keysets(&self) -> Result<Vec<Keyset>, SignerError> {
        Self::on_worker(self.0.clone(), Shared::keysets).await
    }
}
