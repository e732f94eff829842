//! Sealed records: XChaCha20-Poly1305 under the wallet's data key, bound to their table and key.
//!
//! A sealed record is `version (1 byte) ‖ nonce (24 bytes) ‖ ciphertext and tag`.
//!
//! The data key is random. Unless a passphrase locks the wallet (`lock.rs`), it is stored unencrypted beside
//! the records that it seals. Sealing then detects corrupt and misplaced records, but hides nothing from a
//! reader of the whole store.

use crate::device::{Device, NoEntropy};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE_LEN: usize = 24;

/// The key that seals all records of one wallet.
#[derive(Clone)]
pub(crate) struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    pub(crate) const fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(key)
    }

    pub(crate) fn random(device: &impl Device) -> Result<Self, NoEntropy> {
        let mut key = Zeroizing::new([0; 32]);
        device.fill_random(key.as_mut_slice())?;
        Ok(Self(key))
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|key| Self(Zeroizing::new(key)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals `plain` for the record `name`, which is authenticated but not stored in the result. Fails if the
    /// device returns no random bytes for the nonce.
    pub(crate) fn seal(&self, device: &impl Device, name: &str, plain: &[u8]) -> Result<Vec<u8>, NoEntropy> {
        // Random nonces of 192 bits do not collide in practice, so no counter has to be stored.
        let mut nonce = [0; NONCE_LEN];
        device.fill_random(&mut nonce)?;
        let cipher = XChaCha20Poly1305::new(&Key::from(*self.0));
        let payload = Payload { msg: plain, aad: name.as_bytes() };
        // Encryption fails only above the cipher's limit of 256 GiB, which no record reaches.
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| NoEntropy)?;
        let mut record = vec![VERSION];
        record.extend_from_slice(&nonce);
        record.extend_from_slice(&sealed);
        Ok(record)
    }

    /// Opens the record `name`. Returns `None` if it is corrupt, was sealed under another name or data key,
    /// or has another version.
    pub(crate) fn open(&self, name: &str, record: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (version, rest) = record.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN)?;
        // The version is not authenticated, so only this exact one is accepted.
        if *version != VERSION {
            return None;
        }
        let cipher = XChaCha20Poly1305::new(&Key::from(*self.0));
        let nonce: [u8; NONCE_LEN] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: name.as_bytes() };
        cipher.decrypt(&XNonce::from(nonce), payload).ok().map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Progress, StretchCost, StretchError};
    use ecash_core::Timestamp;

    struct Fixed;
    impl Device for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_seconds(0)
        }
        fn fill_random(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
            bytes.fill(7);
            Ok(())
        }
        async fn yield_now(&self) {}
        async fn pause(&self, _: u32) {}
        fn progress(&self, _: Progress) {}
        async fn stretch(
            &self,
            _: &str,
            _: &[u8; 16],
            _: StretchCost,
        ) -> Result<Zeroizing<[u8; 32]>, StretchError> {
            Ok(Zeroizing::new([7; 32]))
        }
    }

    #[test]
    fn corrupt_and_misplaced_records_do_not_open() {
        let key = DataKey::random(&Fixed).unwrap();
        let record = key.seal(&Fixed, "token/a", b"secret").unwrap();
        assert!(!record.windows(6).any(|window| window == b"secret"));
        assert_eq!(key.open("token/a", &record).unwrap().as_slice(), b"secret");
        assert!(key.open("token/b", &record).is_none());
        for index in 0..record.len() {
            let mut damaged = record.clone();
            damaged[index] ^= 1;
            assert!(key.open("token/a", &damaged).is_none(), "byte {index}");
        }
        assert!(key.open("token/a", &record[..10]).is_none());
    }
}
