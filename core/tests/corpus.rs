//! Invariant S2: replays the committed fuzz corpus. `cargo xtask soak fuzz` runs the live fuzzers.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::idempotency::request_digest;
use ecash_core::token::{BundleError, TokenBundle};
use ecash_core::wire::{
    CancelRequest, OpenAccountRequest, RedeemRequest, RestoreRequest, SwapRequest, VerifyRequest,
    WithdrawRequest,
};
use std::path::Path;

fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(folder);
    let files = std::fs::read_dir(folder).expect("the corpus is in the repository");
    files
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path()).unwrap()))
        .collect()
}

#[test]
fn token_texts_are_accepted_or_rejected() {
    let files = files("token_text");
    assert!(files.len() >= 11);
    for (name, bytes) in files {
        let result = TokenBundle::from_text(&String::from_utf8_lossy(&bytes));
        match name.as_str() {
            "valid" | "memo" => assert!(result.is_ok(), "{name}"),
            "version" => assert_eq!(result, Err(BundleError::UnknownVersion)),
            // Inputs that live fuzzing added are named by a hash of 40 digits. They may be valid or not, but
            // must not panic.
            _ if name.len() == 40 => {}
            _ => assert_eq!(result, Err(BundleError::Damaged), "{name}"),
        }
    }
}

#[test]
fn request_bodies_are_accepted_or_rejected() {
    let files = files("wire");
    assert!(files.len() >= 11);
    for (name, bytes) in files {
        let read = [
            serde_json::from_slice::<CancelRequest>(&bytes).is_ok(),
            serde_json::from_slice::<RedeemRequest>(&bytes).is_ok(),
            serde_json::from_slice::<SwapRequest>(&bytes).is_ok(),
            serde_json::from_slice::<WithdrawRequest>(&bytes).is_ok(),
        ];
        let _ = serde_json::from_slice::<OpenAccountRequest>(&bytes);
        let _ = serde_json::from_slice::<RestoreRequest>(&bytes);
        let _ = serde_json::from_slice::<VerifyRequest>(&bytes);
        match name.as_str() {
            "cancel.json" => assert!(read[0]),
            "redeem.json" => assert!(read[1]),
            "swap.json" => assert!(read[2]),
            "withdraw.json" | "withdraw_short.json" => assert!(read[3]),
            "negative.json" | "float.json" | "deep.json" | "not_utf8" => {
                assert_eq!(read, [false; 4], "{name}")
            }
            _ => {}
        }
        if let Ok(body) = serde_json::from_slice(&bytes) {
            assert!(request_digest(&body).is_ok(), "{name}");
        }
    }
}
