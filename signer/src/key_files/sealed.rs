//! The format of key files: JSON with the private keys of one keyset, encrypted with XChaCha20-Poly1305 under
//! a key that Argon2id derives from the passphrase. Keyset, key ids and cost are authenticated, so that one
//! file cannot be substituted for another.

use super::secret::{Cost, KeySecret};
use super::{PrivateKey, pem};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use ecash_core::KeysetId;
use ecash_core::base64url::Base64Url;
use ecash_core::keys::{KeyId, Keyset};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
/// Domain separator of the authenticated data.
const DOMAIN: &[u8] = b"ecash/key-file/v1\0";
const SALT_LEN: usize = 16;
const NONCE_LEN: usize = 24;

/// Errors of sealing and opening a key file.
#[derive(Debug, thiserror::Error)]
pub enum SealedKeysError {
    /// The file is not JSON of this format.
    #[error("not a key file of this version")]
    Format,
    /// The passphrase is wrong, or the file was changed.
    #[error("the passphrase is wrong, or the file was changed")]
    Decrypt,
    /// The file contains the keys of another keyset.
    #[error("the file contains the keys of another keyset")]
    OtherKeyset,
    /// A decrypted key is not a consistent RSA key.
    #[error("a key in the file is not a consistent RSA key")]
    Key(#[source] openssl::error::ErrorStack),
    /// The operating system returned no random bytes, or the cipher failed.
    #[error("the keys could not be encrypted")]
    Encrypt,
}

/// The fields that are authenticated but not encrypted.
#[derive(Serialize, Deserialize)]
struct Header {
    version: u8,
    keyset_id: KeysetId,
    key_ids: Vec<KeyId>,
    argon2id: Cost,
    salt: Base64Url,
    nonce: Base64Url,
}

#[derive(Serialize, Deserialize)]
struct SealedFile {
    header: Header,
    ciphertext: Base64Url,
}

impl Header {
    fn authenticated(&self) -> Result<Vec<u8>, SealedKeysError> {
        let json = serde_json::to_vec(self).map_err(|_| SealedKeysError::Format)?;
        Ok([DOMAIN, &json].concat())
    }

    fn cipher(&self, secret: &KeySecret) -> Result<(XChaCha20Poly1305, XNonce), SealedKeysError> {
        let Cost { memory_kib, passes, lanes } = self.argon2id;
        if !self.argon2id.is_acceptable() {
            return Err(SealedKeysError::Format);
        }
        let mut key = Zeroizing::new([0; 32]);
        let params =
            Params::new(memory_kib, passes, lanes, Some(key.len())).map_err(|_| SealedKeysError::Format)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&secret.passphrase, self.salt.as_bytes(), key.as_mut_slice())
            .map_err(|_| SealedKeysError::Format)?;
        let nonce: [u8; NONCE_LEN] = self.nonce.as_bytes().try_into().map_err(|_| SealedKeysError::Format)?;
        Ok((XChaCha20Poly1305::new(&Key::from(*key)), XNonce::from(nonce)))
    }
}

fn key_ids(keyset: &Keyset) -> Vec<KeyId> {
    keyset.keys.iter().map(|key| key.key_id).collect()
}

/// Encrypts the private keys of a keyset.
pub(super) fn seal(
    keyset: &Keyset,
    keys: &[PrivateKey],
    secret: &KeySecret,
    random: &[u8; SALT_LEN + NONCE_LEN],
) -> Result<Vec<u8>, SealedKeysError> {
    let (salt, nonce) = random.split_at(SALT_LEN);
    let header = Header {
        version: VERSION,
        keyset_id: keyset.keyset_id.clone(),
        key_ids: key_ids(keyset),
        argon2id: secret.cost,
        salt: Base64Url::from(salt),
        nonce: Base64Url::from(nonce),
    };
    let plain = pem::write(keys).map_err(|_| SealedKeysError::Encrypt)?;
    let (cipher, nonce) = header.cipher(secret)?;
    let payload = Payload { msg: plain.as_slice(), aad: &header.authenticated()? };
    let ciphertext = cipher.encrypt(&nonce, payload).map_err(|_| SealedKeysError::Encrypt)?;
    let file = SealedFile { header, ciphertext: Base64Url(ciphertext) };
    serde_json::to_vec_pretty(&file).map_err(|_| SealedKeysError::Encrypt)
}

/// Decrypts the private keys of a keyset, and checks each of them.
pub(super) fn open(
    keyset: &Keyset,
    file: &[u8],
    secret: &KeySecret,
) -> Result<Vec<PrivateKey>, SealedKeysError> {
    let SealedFile { header, ciphertext } =
        serde_json::from_slice(file).map_err(|_| SealedKeysError::Format)?;
    if header.version != VERSION {
        return Err(SealedKeysError::Format);
    }
    if header.keyset_id != keyset.keyset_id || header.key_ids != key_ids(keyset) {
        return Err(SealedKeysError::OtherKeyset);
    }
    let (cipher, nonce) = header.cipher(secret)?;
    let payload = Payload { msg: ciphertext.as_bytes(), aad: &header.authenticated()? };
    let plain = cipher.decrypt(&nonce, payload).map_err(|_| SealedKeysError::Decrypt)?;
    pem::read(&Zeroizing::new(plain)).map_err(SealedKeysError::Key)
}
