//! EMSA-PSS (RFC 8017 §9.1) with SHA-384 and MGF1-SHA-384.
//!
//! All moduli have exactly 8·k bits, so emBits = 8·k − 1 and emLen = k, and exactly one top bit is cleared.
//! An encoded message is `maskedDB ‖ H ‖ 0xbc`, where `DB = 0…0 ‖ 0x01 ‖ salt` has k − 49 bytes and H has 48.

use sha2::{Digest, Sha384};
use subtle::ConstantTimeEq;

const HASH_LEN: usize = 48;
const TRAILER: u8 = 0xbc;

/// MGF1 with SHA-384 (RFC 8017 §B.2.1): expands `seed` to `len` bytes.
#[must_use]
pub fn mgf1_sha384(seed: &[u8], len: usize) -> Vec<u8> {
    let mut mask = Vec::with_capacity(len + HASH_LEN);
    for counter in 0_u32.. {
        if mask.len() >= len {
            break;
        }
        mask.extend_from_slice(
            &Sha384::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize(),
        );
    }
    mask.truncate(len);
    mask
}

/// `H = Hash(M')` with `M' = eight zero bytes ‖ Hash(message) ‖ salt`.
fn message_hash(message: &[u8], salt: &[u8]) -> [u8; HASH_LEN] {
    let digest = Sha384::digest(message);
    Sha384::new().chain_update([0; 8]).chain_update(digest).chain_update(salt).finalize().into()
}

fn xor_into(target: &mut [u8], mask: &[u8]) {
    for (byte, mask) in target.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

/// EMSA-PSS-ENCODE (RFC 8017 §9.1.1) to `k` bytes, with emBits = 8·k − 1. The comments name its steps.
///
/// `k` must be at least hash length + salt length + 2; every [`Width`](super::Width) is.
pub(super) fn encode(message: &[u8], salt: &[u8], k: usize) -> Vec<u8> {
    // Steps 2, 5 and 6: H.
    let hash = message_hash(message, salt);
    // Steps 7 and 8: DB = PS ‖ 0x01 ‖ salt.
    let db_len = k - HASH_LEN - 1;
    let mut encoded = vec![0; db_len - salt.len() - 1];
    encoded.push(1);
    encoded.extend_from_slice(salt);
    // Steps 9 to 11: mask DB, then clear its top bit, so that the encoded number is below n.
    xor_into(&mut encoded, &mgf1_sha384(&hash, db_len));
    if let Some(first) = encoded.first_mut() {
        *first &= 0x7f;
    }
    // Step 12.
    encoded.extend_from_slice(&hash);
    encoded.push(TRAILER);
    encoded
}

/// EMSA-PSS-VERIFY (RFC 8017 §9.1.2) of `encoded` (k bytes), with emBits = 8·k − 1 and a salt of exactly
/// `salt_len` bytes. The comments name its steps.
pub(super) fn is_encoding_of(message: &[u8], encoded: &[u8], salt_len: usize) -> bool {
    // Steps 3 and 5: split into maskedDB, H and the trailer; reject an input that is too short for them.
    let Some(db_len) = encoded.len().checked_sub(HASH_LEN + 1) else { return false };
    let Some(padding_len) = db_len.checked_sub(salt_len + 1) else { return false };
    let (masked_db, rest) = encoded.split_at(db_len);
    let (hash, trailer) = rest.split_at(HASH_LEN);
    // Steps 7 to 9: unmask DB and clear its top bit.
    let mut db = masked_db.to_vec();
    xor_into(&mut db, &mgf1_sha384(hash, db_len));
    let (padding, salt) = db.split_at_mut(padding_len + 1);
    if let Some(first) = padding.first_mut() {
        *first &= 0x7f;
    }
    // Steps 4, 6, 10 and 12 to 14. All comparisons are made before any result is used, so the time taken does
    // not show which one failed.
    let mut expected_padding = vec![0; padding_len];
    expected_padding.push(1);
    let top_bit_clear = masked_db.first().is_some_and(|first| first & 0x80 == 0);
    let matches = padding.ct_eq(expected_padding.as_slice())
        & message_hash(message, salt).as_slice().ct_eq(hash)
        & trailer.ct_eq(&[TRAILER]);
    top_bit_clear && bool::from(matches)
}
