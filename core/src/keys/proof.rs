//! The key proof: evidence that x ↦ x^e is a permutation modulo n.
//!
//! If e divides p − 1, a mint that knows p can tag users, because a blinded token keeps the residue class of
//! its message (see [`crate::manual::attacks`]). To exclude this, a mint publishes the e-th roots of eight
//! numbers that are derived by a hash, so that the mint cannot choose them. If x ↦ x^e is not a permutation,
//! at most one number in e = 65537 has a root, so a false proof passes with probability at most 65537^-8 =
//! 2^-128.

use super::KeyId;
use crate::rsabssa::{Error, PrivateOperation, PublicKey, mgf1_sha384};

/// Number of roots in a proof.
pub const KEY_PROOF_ROOTS: usize = 8;

/// Computes the numbers whose roots prove a key:
/// `z_j = MGF1-SHA-384("ecash/keyproof/v1" ‖ key_id ‖ u32 j, k + 16 bytes) mod n`, j = 0…7.
///
/// # Errors
/// Never fails: every input of the reduction has k + 16 bytes.
pub fn challenges(key: &PublicKey, key_id: &KeyId) -> Result<Vec<Vec<u8>>, Error> {
    (0_u32..)
        .take(KEY_PROOF_ROOTS)
        .map(|j| {
            let mut seed = b"ecash/keyproof/v1".to_vec();
            seed.extend_from_slice(key_id.as_bytes());
            seed.extend_from_slice(&j.to_be_bytes());
            key.reduce(&mgf1_sha384(&seed, key.k() + 16))
        })
        .collect()
}

/// Computes the proof with eight raw private operations, which an HSM can perform. Verifies it before
/// returning it.
///
/// # Errors
/// Returns [`Error::PrivateOperation`] if the signer failed, and [`Error::InvalidSignature`] if a root is
/// wrong.
pub fn make_proof(
    key: &PublicKey,
    key_id: &KeyId,
    signer: &impl PrivateOperation,
) -> Result<Vec<Vec<u8>>, Error> {
    let roots = challenges(key, key_id)?
        .iter()
        .map(|challenge| signer.private_operation(challenge))
        .collect::<Result<Vec<_>, _>>()?;
    if verify_proof(key, key_id, &roots) { Ok(roots) } else { Err(Error::InvalidSignature) }
}

/// Returns whether `roots` proves the key: the right number of roots, each with `root^e = z_j`.
#[must_use]
pub fn verify_proof(key: &PublicKey, key_id: &KeyId, roots: &[Vec<u8>]) -> bool {
    let Ok(challenges) = challenges(key, key_id) else { return false };
    roots.len() == KEY_PROOF_ROOTS
        && roots.iter().zip(&challenges).all(|(root, challenge)| key.pow_e(root).as_ref() == Ok(challenge))
}
