//! Signs with private keys in memory. OpenSSL's private operation uses CRT with blinding against timing
//! attacks, and checks its result against faults.

use crate::errors::SignerError;
use crate::key_files::PrivateKey;
use crate::signer::{SignRequest, Signer, check_issuing, with_concurrency_limit};
use async_trait::async_trait;
use ecash_core::keys::{Dates, KeyId, Keyset};
use ecash_core::rsabssa::{self, BlindSignature, Error, PrivateOperation, Width};
use ecash_environment::Clock;
use openssl::error::ErrorStack;
use openssl::rsa::Padding;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Semaphore;

/// Maximum number of signatures queued or under way, over all requests.
const QUEUE_SIZE: usize = 4096;

/// A private key whose raw operation uses OpenSSL.
pub struct SoftwareKey(PrivateKey);

impl SoftwareKey {
    /// Wraps an OpenSSL private key.
    #[must_use]
    pub const fn new(key: PrivateKey) -> Self {
        Self(key)
    }
}

/// Generates private keys, one after the other. Calls `progress` after each with the number of finished keys.
///
/// # Errors
/// OpenSSL's error.
pub fn generate_keys(
    width: Width,
    count: usize,
    mut progress: impl FnMut(usize),
) -> Result<Vec<PrivateKey>, ErrorStack> {
    let bits = u32::try_from(8 * width.k()).map_err(|_| ErrorStack::get())?;
    let mut keys = Vec::with_capacity(count);
    for finished in 1..=count {
        keys.push(PrivateKey::generate(bits)?);
        progress(finished);
    }
    Ok(keys)
}

impl PrivateOperation for SoftwareKey {
    fn private_operation(&self, x: &[u8]) -> Result<Vec<u8>, Error> {
        let mut result = vec![0; self.0.size() as usize];
        let written =
            self.0.private_encrypt(x, &mut result, Padding::NONE).map_err(|_| Error::PrivateOperation)?;
        if written == result.len() { Ok(result) } else { Err(Error::PrivateOperation) }
    }
}

/// Signs with keys in memory, one signature per core at a time.
pub struct SoftwareSigner {
    clock: Arc<dyn Clock>,
    held: RwLock<Held>,
    queue: Semaphore,
    workers: Arc<Semaphore>,
    worker_count: usize,
}

#[derive(Default)]
struct Held {
    keys: HashMap<KeyId, (Arc<SoftwareKey>, Dates)>,
    keysets: Vec<Keyset>,
}

impl SoftwareSigner {
    /// Creates a signer without keys. `clock` decides whether a key is in its issuing time.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let worker_count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            clock,
            held: RwLock::default(),
            queue: Semaphore::new(QUEUE_SIZE),
            workers: Arc::new(Semaphore::new(worker_count)),
            worker_count,
        }
    }

    /// Adds the private keys that belong to the keyset, and ignores all others.
    pub fn add(&self, keyset: &Keyset, private: Vec<PrivateKey>) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        for private in private {
            let n = private.n().to_vec();
            if let Some(key) = keyset.keys.iter().find(|key| key.public.n() == n) {
                held.keys.insert(key.key_id, (Arc::new(SoftwareKey::new(private)), keyset.dates));
            }
        }
        let complete = keyset.keys.iter().all(|key| held.keys.contains_key(&key.key_id));
        if complete && !held.keysets.contains(keyset) {
            held.keysets.push(keyset.clone());
        }
    }

    /// Returns how many of a keyset's private keys this signer holds.
    #[must_use]
    pub fn held(&self, keyset: &Keyset) -> usize {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        keyset.keys.iter().filter(|key| held.keys.contains_key(&key.key_id)).count()
    }

    /// Drops the private keys of a keyset. OpenSSL overwrites them when the last running signature is done.
    pub fn forget(&self, keyset: &Keyset) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        keyset.keys.iter().for_each(|key| drop(held.keys.remove(&key.key_id)));
        held.keysets.retain(|other| other.keyset_id != keyset.keyset_id);
    }

    fn key(&self, key_id: &KeyId) -> Result<Arc<SoftwareKey>, SignerError> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let (key, dates) = held.keys.get(key_id).ok_or(SignerError::UnknownKey)?;
        check_issuing(dates, self.clock.now())?;
        Ok(key.clone())
    }
}

async fn sign_one(
    workers: Arc<Semaphore>,
    private: Result<Arc<SoftwareKey>, SignerError>,
    (public, blinded_token): SignRequest,
) -> Result<BlindSignature, SignerError> {
    let private = private?;
    let permit = workers.acquire_owned().await.map_err(|_| SignerError::Stopped)?;
    let signed = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        rsabssa::blind_sign(&public.public, private.as_ref(), &blinded_token)
    });
    signed.await.map_err(|_| SignerError::Stopped)?.map_err(SignerError::Faulty)
}

#[async_trait]
impl Signer for SoftwareSigner {
    async fn blind_sign(&self, requests: Vec<SignRequest>) -> Result<Vec<BlindSignature>, SignerError> {
        let count = u32::try_from(requests.len()).map_err(|_| SignerError::Overloaded)?;
        let _queue_permits = self.queue.try_acquire_many(count).map_err(|_| SignerError::Overloaded)?;
        let one = |request: SignRequest| sign_one(self.workers.clone(), self.key(&request.0.key_id), request);
        with_concurrency_limit(requests, self.worker_count, one).await
    }

    async fn ping(&self) -> Result<(), SignerError> {
        Ok(())
    }

    async fn keysets(&self) -> Result<Vec<Keyset>, SignerError> {
        Ok(self.held.read().unwrap_or_else(PoisonError::into_inner).keysets.clone())
    }
}
