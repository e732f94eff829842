#![no_main]
//! Fuzzes every request body: parsing never panics, and neither does the digest of a JSON value.

use ecash_core::idempotency::request_digest;
use ecash_core::wire::{
    CancelRequest, OpenAccountRequest, RedeemRequest, RestoreRequest, SwapRequest, VerifyRequest, WithdrawRequest,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = serde_json::from_slice::<CancelRequest>(bytes);
    let _ = serde_json::from_slice::<OpenAccountRequest>(bytes);
    let _ = serde_json::from_slice::<RedeemRequest>(bytes);
    let _ = serde_json::from_slice::<RestoreRequest>(bytes);
    let _ = serde_json::from_slice::<SwapRequest>(bytes);
    let _ = serde_json::from_slice::<VerifyRequest>(bytes);
    let _ = serde_json::from_slice::<WithdrawRequest>(bytes);
    if let Ok(body) = serde_json::from_slice::<serde_json::Value>(bytes) {
        let _ = request_digest(&body);
    }
});
