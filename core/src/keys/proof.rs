//! The key proof: that x ↦ x^e is a permutation modulo n.
//!
//! With e | p − 1 only one number in e has a root, and a mint that knows p could tag users: what a
//! wallet blinds keeps its residue class (see [`crate::manual::attacks`]). Publishing the roots of
//! eight numbers that nobody chose excludes that: if x^e is no permutation, at most one number in
//! e ≥ 65537 has a root, so a false proof passes with probability at most 65537^-8 = 2^-128.

use super::KeyId;
use crate::rsabssa::{Error, PrivateOperation, PublicKey, mgf1_sha384};

/// How many roots a proof has.
pub const KEY_PROOF_ROOTS: usize = 8;

/// The numbers whose roots are published:
/// `z_j = MGF1-SHA-384("ecash/keyproof/v1" ‖ key_id ‖ u32 j, k + 16 bytes) mod n`, j = 0…7.
///
/// # Errors
/// None in practice; the reduction's range is fixed here.
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

/// Makes the proof: eight raw private operations, possible inside an HSM.
///
/// # Errors
/// [`Error::PrivateOperation`], or [`Error::InvalidSignature`] if a root is wrong.
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

/// Whether `roots` proves the key.
#[must_use]
pub fn verify_proof(key: &PublicKey, key_id: &KeyId, roots: &[Vec<u8>]) -> bool {
    let Ok(challenges) = challenges(key, key_id) else { return false };
    roots.len() == KEY_PROOF_ROOTS
        && roots.iter().zip(&challenges).all(|(root, challenge)| key.pow_e(root).as_ref() == Ok(challenge))
}
