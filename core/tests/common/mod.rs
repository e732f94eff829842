//! Shared by the tests of `core`: hex, JSON and the stored narrow keys.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test that finds no vector must fail")]

use ecash_core::keys::{Dates, Keyset, make_proof};
use ecash_core::rsabssa::danger::DangerousPrivateKey;
use ecash_core::{Currency, Denomination, InstitutionId, KeysetId, Timestamp};
use serde_json::Value;

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("vectors are JSON")
}

pub(crate) fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_else(|| panic!("vector field {field}"))
}

pub(crate) fn hex(value: &Value, field: &str) -> Vec<u8> {
    const_hex::decode(text(value, field)).unwrap_or_else(|_| panic!("vector field {field} is hex"))
}

/// Reads the stored 1024-bit keys. They are stored because generating keys is slow.
pub(crate) fn narrow_keys() -> Vec<DangerousPrivateKey> {
    let keys = json(include_str!("../vectors/narrow_keys.json"));
    keys.as_array()
        .expect("an array")
        .iter()
        .map(|key| DangerousPrivateKey::new(&hex(key, "n"), &hex(key, "d")).expect("a key"))
        .collect()
}

/// Returns a keyset of narrow keys with valid proofs, and its private keys in the order of `denominations`.
pub(crate) fn narrow_keyset(denominations: &[u64]) -> (Keyset, Vec<DangerousPrivateKey>) {
    let private: Vec<_> = narrow_keys().into_iter().take(denominations.len()).collect();
    let at = Timestamp::from_unix_seconds;
    let keys = denominations
        .iter()
        .zip(&private)
        .map(|(denomination, key)| {
            (Denomination::new(*denomination).expect("positive"), key.public().clone(), Vec::new())
        })
        .collect();
    let mut keyset = Keyset::new(
        KeysetId::new("key_001").expect("a name"),
        InstitutionId::new("inst_test").expect("a name"),
        Currency::new("DEMO", 0).expect("a currency"),
        Dates { valid_from: at(0), issue_until: at(100), redeem_until: at(200), swap_until: at(300) },
        keys,
    )
    .expect("a keyset");
    for (key, private) in keyset.keys.iter_mut().zip(&private) {
        key.proof = make_proof(&key.public, &key.key_id, private).expect("a proof");
    }
    (keyset, private)
}
