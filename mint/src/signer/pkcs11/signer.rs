//! Signs with the keys of a token, and heals itself when sessions, login or token are lost.

use super::keys::{find, prove};
use super::{FoundKey, HsmKey, KeyLabel, Pkcs11Settings, Token, TokenError};
use crate::keys::{Transcript, TranscriptError, Transcripts};
use crate::signer::{SignRequest, Signer, SignerError, in_turns};
use async_trait::async_trait;
use cryptoki::session::Session;
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::rsabssa::{BlindSignature, BlindedToken, blind_sign};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Signatures that may wait, over all clients.
const QUEUE_SIZE: usize = 4096;
/// After a failed attempt to open the token, everybody is refused for so long.
const REST: Duration = Duration::from_secs(1);

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
    settings: Pkcs11Settings,
    transcripts: Transcripts,
    state: RwLock<State>,
    queue: Semaphore,
    workers: Arc<Semaphore>,
}

/// The token in use. Whoever signs reads; whoever heals writes, and so waits until nobody signs.
struct State {
    open: Result<Open, TokenError>,
    /// Counts openings, so that of many who saw a failure one heals.
    generation: u64,
    last_attempt: Instant,
}

struct Open {
    token: Token,
    keysets: Vec<Keyset>,
    keys: HashMap<KeyId, FoundKey>,
    idle: Mutex<Vec<Session>>,
}

impl Open {
    fn on(settings: &Pkcs11Settings, transcripts: &[Transcript]) -> Result<Self, TokenError> {
        let token = Token::open(settings)?;
        let open = Self { token, keysets: Vec::new(), keys: HashMap::new(), idle: Mutex::default() };
        open.with(transcripts)
    }

    /// Finds and proves the keys of these ceremonies. If one is not as it must be, the token is let go.
    fn with(mut self, transcripts: &[Transcript]) -> Result<Self, TokenError> {
        let found = self.token.session().and_then(|session| {
            transcripts
                .iter()
                .map(|transcript| find_keyset(&session, transcript))
                .collect::<Result<Vec<_>, _>>()
        });
        match found {
            Ok(found) => {
                self.keysets = transcripts.iter().map(|transcript| transcript.keyset().clone()).collect();
                self.keys = found.into_iter().flatten().collect();
                Ok(self)
            }
            Err(error) => {
                self.close();
                Err(error)
            }
        }
    }

    fn close(self) {
        drop(self.idle);
        self.token.close();
    }

    fn session(&self) -> Result<Session, TokenError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| self.token.session(), Ok)
    }

    /// One signature. A session that failed is not used again.
    fn sign(&self, key: &FoundKey, blinded_token: &BlindedToken) -> Result<BlindSignature, SignerError> {
        let session = self.session().map_err(SignerError::Token)?;
        let hsm_key = HsmKey::new(&session, key.handle, key.operation, &key.public);
        match blind_sign(&key.public, &hsm_key, blinded_token) {
            Ok(signature) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
                Ok(signature)
            }
            Err(error) => Err(hsm_key.into_failure().map_or(SignerError::Faulty(error), SignerError::Token)),
        }
    }
}

/// Each key of a ceremony in the token: there, alone, kept as it must be, the one of the transcript,
/// and working.
fn find_keyset(session: &Session, transcript: &Transcript) -> Result<Vec<(KeyId, FoundKey)>, TokenError> {
    let keyset = transcript.keyset();
    let found = keyset.keys.iter().map(|key| {
        let label = KeyLabel::new(&keyset.institution_id, &keyset.keyset_id, key.denomination);
        let found = find(session, &label)?;
        if found.public != key.public {
            return Err(TokenError::OtherKey(label.as_str().to_owned()));
        }
        prove(session, &found, &label)?;
        Ok((key.key_id, found))
    });
    found.collect()
}

impl Pkcs11Signer {
    /// Opens the token and checks the keys of every ceremony whose transcript is there.
    ///
    /// # Errors
    /// [`OpenSignerError`].
    pub fn open(settings: Pkcs11Settings, transcripts: Transcripts) -> Result<Self, OpenSignerError> {
        let read = transcripts.read().map_err(OpenSignerError::Transcript)?;
        let open = Open::on(&settings, &read).map_err(OpenSignerError::Token)?;
        let workers = Arc::new(Semaphore::new(settings.session_count));
        let state = State { open: Ok(open), generation: 0, last_attempt: Instant::now() };
        let queue = Semaphore::new(QUEUE_SIZE);
        Ok(Self(Arc::new(Shared { settings, transcripts, state: RwLock::new(state), queue, workers })))
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
    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign(&self, (key, blinded_token): &SignRequest) -> Result<BlindSignature, SignerError> {
        self.healing(|open| {
            let found = open.keys.get(&key.key_id).ok_or(SignerError::UnknownKey)?;
            open.sign(found, blinded_token)
        })
    }

    /// A real signature: that a session is open proves nothing.
    fn prove(&self) -> Result<(), SignerError> {
        self.healing(|open| {
            let session = open.session().map_err(SignerError::Token)?;
            let Some((keyset, key)) = open.keysets.last().and_then(|set| Some((set, set.keys.first()?)))
            else {
                return Ok(());
            };
            let label = KeyLabel::new(&keyset.institution_id, &keyset.keyset_id, key.denomination);
            let found = open.keys.get(&key.key_id).ok_or(SignerError::UnknownKey)?;
            prove(&session, found, &label).map_err(SignerError::Token)?;
            open.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
            Ok(())
        })
    }

    /// The work, and once more after the token was opened again, if it failed.
    fn healing<T>(&self, work: impl Fn(&Open) -> Result<T, SignerError>) -> Result<T, SignerError> {
        let attempt = || {
            let state = self.state();
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

    /// Opens the token anew, unless somebody did since, or it failed a moment ago, or only a person
    /// can help.
    fn heal(&self, seen: u64, because: &TokenError) -> Result<(), SignerError> {
        let transcripts = self.transcripts.read();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.generation != seen {
            return Ok(());
        }
        let refusal = || SignerError::Token(TokenError::Resting);
        match &state.open {
            Err(error) if error.is_final() || state.last_attempt.elapsed() < REST => return Err(refusal()),
            _ => {}
        }
        let reason = crate::error_chain::chain(because);
        tracing::warn!(reason, "the token stopped working; opening it again");
        if let Ok(open) = std::mem::replace(&mut state.open, Err(TokenError::Resting)) {
            open.close();
        }
        state.last_attempt = Instant::now();
        let transcripts = transcripts.map_err(|error| {
            tracing::error!(error = crate::error_chain::chain(&error), "the transcripts cannot be read");
            refusal()
        })?;
        match Open::on(&self.settings, &transcripts) {
            Ok(open) => {
                tracing::info!("the token works again");
                state.open = Ok(open);
                state.generation += 1;
                Ok(())
            }
            Err(error) => {
                tracing::error!(error = crate::error_chain::chain(&error), "the token cannot be opened");
                state.open = Err(error);
                Err(refusal())
            }
        }
    }

    /// What the token holds, with ceremonies held since the start.
    fn keysets(&self) -> Result<Vec<Keyset>, SignerError> {
        let transcripts = match self.transcripts.read() {
            Ok(transcripts) => transcripts,
            // The keys in use stay in use.
            Err(error) => {
                tracing::error!(error = crate::error_chain::chain(&error), "a transcript cannot be used");
                return self.healing(|open| Ok(open.keysets.clone()));
            }
        };
        let known = self.healing(|open| Ok(open.keysets.clone()))?;
        let new: Vec<_> = transcripts.iter().filter(|new| !known.contains(new.keyset())).collect();
        if new.is_empty() {
            return Ok(known);
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let Ok(open) = &mut state.open else { return Ok(known) };
        for transcript in new {
            let session = open.token.session().map_err(SignerError::Token)?;
            match find_keyset(&session, transcript) {
                Ok(found) => {
                    tracing::info!(keyset = %transcript.keyset().keyset_id, "a new ceremony's keys are in use");
                    open.keys.extend(found);
                    open.keysets.push(transcript.keyset().clone());
                }
                Err(error) => {
                    let error = crate::error_chain::chain(&error);
                    tracing::error!(keyset = %transcript.keyset().keyset_id, error, "a new ceremony's keys are refused");
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

    async fn ping(&self) -> Result<(), SignerError> {
        Self::on_worker(self.0.clone(), Shared::prove).await
    }

    async fn keysets(&self) -> Result<Vec<Keyset>, SignerError> {
        Self::on_worker(self.0.clone(), Shared::keysets).await
    }
}
