//! Argon2id, version 1.3 (RFC 9106), implemented in Rust.

use crate::device::{StretchCost, StretchError};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

/// Stretches a passphrase to 32 bytes. Blocks for about a second.
///
/// # Errors
/// [`StretchError::Failed`] if the parameters are invalid for Argon2, or if memory is insufficient.
pub fn stretch(
    passphrase: &str,
    salt: &[u8; 16],
    cost: StretchCost,
) -> Result<Zeroizing<[u8; 32]>, StretchError> {
    let StretchCost { memory_kib, passes, lanes } = cost;
    let mut key = Zeroizing::new([0; 32]);
    let params = Params::new(memory_kib, passes, lanes, Some(key.len())).map_err(|_| StretchError::Failed)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| StretchError::Failed)?;
    Ok(key)
}
