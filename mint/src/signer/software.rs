//! Keys in this process, OpenSSL's private operation: CRT, blinding against timing, and a check of
//! its own against faults.

use super::{Signer, SignerError};
use crate::keys::PrivateKey;
use async_trait::async_trait;
use ecash_core::keys::{DenominationKey, KeyId, Keyset};
use ecash_core::rsabssa::{self, BlindSignature, BlindedToken, Error, PrivateOperation};
use openssl::rsa::Padding;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, RwLock};
use tokio::sync::Semaphore;

/// Signatures that may wait, over all clients.
const QUEUE_SIZE: usize = 4096;

/// A private key whose raw operation is OpenSSL's.
pub struct SoftwareKey(PrivateKey);

impl SoftwareKey {
    /// Wraps a key.
    #[must_use]
    pub const fn new(key: PrivateKey) -> Self {
        Self(key)
    }
}

impl PrivateOperation for SoftwareKey {
    fn private_operation(&self, x: &[u8]) -> Result<Vec<u8>, Error> {
        let mut result = vec![0; self.0.size() as usize];
        let written =
            self.0.private_encrypt(x, &mut result, Padding::NONE).map_err(|_| Error::PrivateOperation)?;
        if written == result.len() { Ok(result) } else { Err(Error::PrivateOperation) }
    }
}

/// Signs with keys in memory, on as many threads as there are cores.
pub struct SoftwareSigner {
    keys: RwLock<HashMap<KeyId, Arc<SoftwareKey>>>,
    queue: Arc<Semaphore>,
    workers: Arc<Semaphore>,
    worker_count: usize,
}

impl Default for SoftwareSigner {
    fn default() -> Self {
        let worker_count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            keys: RwLock::default(),
            queue: Arc::new(Semaphore::new(QUEUE_SIZE)),
            workers: Arc::new(Semaphore::new(worker_count)),
            worker_count,
        }
    }
}

impl SoftwareSigner {
    /// Takes the private halves of a keyset's keys; others are ignored.
    pub fn add(&self, keyset: &Keyset, private: Vec<PrivateKey>) {
        let mut keys = self.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        for private in private {
            let n = private.n().to_vec();
            if let Some(key) = keyset.keys.iter().find(|key| key.public.n() == n) {
                keys.insert(key.key_id, Arc::new(SoftwareKey::new(private)));
            }
        }
    }

    /// How many of a keyset's keys are held.
    #[must_use]
    pub fn held(&self, keyset: &Keyset) -> usize {
        let keys = self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        keyset.keys.iter().filter(|key| keys.contains_key(&key.key_id)).count()
    }

    fn key(&self, key_id: &KeyId) -> Result<Arc<SoftwareKey>, SignerError> {
        let keys = self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.get(key_id).cloned().ok_or(SignerError::UnknownKey)
    }
}

#[async_trait]
impl Signer for SoftwareSigner {
    /// Each request has at most as many signatures at the workers as there are workers, which
    /// serve first come, first served: so requests take turns, and a long one does not block a
    /// short one.
    async fn blind_sign(
        &self,
        requests: Vec<(DenominationKey, BlindedToken)>,
    ) -> Result<Vec<BlindSignature>, SignerError> {
        let count = u32::try_from(requests.len()).map_err(|_| SignerError::Overloaded)?;
        let _place = self.queue.clone().try_acquire_many_owned(count).map_err(|_| SignerError::Overloaded)?;
        let mut signatures = Vec::with_capacity(requests.len());
        let mut under_way = VecDeque::with_capacity(self.worker_count);
        for (public, blinded_token) in requests {
            if under_way.len() == self.worker_count
                && let Some(first) = under_way.pop_front()
            {
                signatures.push(finished(first).await?);
            }
            let private = self.key(&public.key_id)?;
            let workers = self.workers.clone();
            under_way.push_back(tokio::spawn(async move {
                let permit = workers.acquire_owned().await.map_err(|_| SignerError::Stopped)?;
                let signed = tokio::task::spawn_blocking(move || {
                    let _permit = permit;
                    rsabssa::blind_sign(&public.public, private.as_ref(), &blinded_token)
                });
                signed.await.map_err(|_| SignerError::Stopped)?.map_err(SignerError::Faulty)
            }));
        }
        for task in under_way {
            signatures.push(finished(task).await?);
        }
        Ok(signatures)
    }

    async fn ping(&self) -> Result<(), SignerError> {
        Ok(())
    }
}

async fn finished(
    task: tokio::task::JoinHandle<Result<BlindSignature, SignerError>>,
) -> Result<BlindSignature, SignerError> {
    task.await.map_err(|_| SignerError::Stopped)?
}
