//! `POST /api/v1/swap`

use super::KEY;
use super::refusal::{assert_refused, case};
use ecash_core::wire::ErrorCode;
use ecash_harness::{Engine, RawWallet, TestMint, finalize, on_every_ledger, output_requests};
use serde_json::json;

on_every_ledger! {
    swaps_are_refused_with_their_codes,
    repeats_return_the_stored_response,
}

const PATH: &str = "/api/v1/swap";

async fn swaps_are_refused_with_their_codes(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let wire = wallet.wire(&tokens);
    let outputs = output_requests(&wallet.outputs(10, 4));
    let unequal = json!({ "tokens": wire, "outputs": outputs });
    let empty = json!({ "tokens": [], "outputs": outputs });
    let mut keyless = serde_json::to_value(&wire[0]).unwrap();
    keyless.as_object_mut().unwrap().remove("key_id");
    let keyless = json!({ "tokens": [wire[0], keyless], "outputs": outputs });
    let cases = [
        case("h2: a token that names no key", keyless, ErrorCode::KeyIdRequired).at_index(1),
        case("unequal sums", unequal, ErrorCode::AmountMismatch),
        case("no tokens", empty, ErrorCode::TooManyItems),
    ];
    assert_refused(&mint, PATH, None, cases).await;
}

async fn repeats_return_the_stored_response(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let outputs = wallet.outputs(10, 5);
    let swap = json!({ "tokens": wallet.wire(&tokens), "outputs": output_requests(&outputs) });
    let first = mint.raw().post(PATH, None, Some(KEY), &swap).await;
    assert_eq!(first.status, 200);
    assert_eq!(finalize(&outputs, &first.body).len(), 5);
    assert_eq!(mint.raw().post(PATH, None, Some(KEY), &swap).await, first);
    mint.assert_clean().await;
}
