//! `POST /api/v1/restore`

use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger, output_requests};
use serde_json::json;

on_every_ledger! {
    outputs_alone_restore_their_signatures,
}

/// Anyone who knows an output can restore its signature: no account token, no idempotency key.
async fn outputs_alone_restore_their_signatures(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let outputs = output_requests(&wallet.outputs(10, 5));
    let swap = json!({ "tokens": wallet.wire(&tokens), "outputs": outputs });
    let swapped = mint.raw().post("/api/v1/swap", None, None, &swap).await;
    assert_eq!(swapped.status, 200);
    let restore = async |outputs| {
        mint.raw().post("/api/v1/restore", None, None, &json!({ "outputs": outputs })).await.body
    };
    assert_eq!(restore(outputs).await["blind_signatures"], swapped.body["blind_signatures"]);
    let unsigned = output_requests(&wallet.outputs(10, 1));
    assert_eq!(restore(unsigned).await, json!({ "blind_signatures": [null] }));
}
