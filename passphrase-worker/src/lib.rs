//! Argon2id for the web wallet. This is a separate program that the page loads into a worker only when a
//! passphrase is entered. The page stays small, and stays responsive while this computes for a second.

use ecash_wallet::device::StretchCost;
use wasm_bindgen::prelude::wasm_bindgen;

/// Stretches a passphrase with 16 bytes of salt to 32 bytes. Returns `undefined` on failure.
#[wasm_bindgen]
#[must_use]
pub fn stretch(passphrase: &str, salt: &[u8], memory_kib: u32, passes: u32, lanes: u32) -> Option<Vec<u8>> {
    let cost = StretchCost { memory_kib, passes, lanes };
    let key = ecash_wallet::stretch(passphrase, salt.try_into().ok()?, cost).ok()?;
    Some(key.to_vec())
}
