//! `POST /api/v1/restore`

use ecash_core::base64url;
use ecash_core::token::BlindedHash;
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger, output_requests};
use serde_json::{Value, json};

on_every_ledger! {
    m13_hashes_of_outputs_restore_their_signatures,
}

fn outputs_key(mint: &TestMint) -> Value {
    json!(mint.mint.keyring().keysets()[0].keyset.keys[0].key_id)
}

/// Anyone who knows an output can restore its signature: no account token, no idempotency key.
async fn m13_hashes_of_outputs_restore_their_signatures(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let outputs = output_requests(&wallet.outputs(10, 5));
    let swap = json!({ "tokens": wallet.wire(&tokens), "outputs": outputs });
    let swapped = mint.raw().post("/api/v1/swap", None, None, &swap).await;
    assert_eq!(swapped.status, 200);
    let restore = async |outputs: Value| {
        let hash = |output: &Value| {
            let blinded = base64url::decode(output["blinded_token"].as_str().unwrap()).unwrap();
            json!({ "key_id": output["key_id"], "blinded_hash": BlindedHash::of(&blinded) })
        };
        let outputs: Vec<_> = outputs.as_array().unwrap().iter().map(hash).collect();
        mint.raw().post("/api/v1/restore", None, None, &json!({ "outputs": outputs })).await.body
    };
    assert_eq!(restore(outputs).await["blind_signatures"], swapped.body["blind_signatures"]);
    let unsigned = output_requests(&wallet.outputs(10, 1));
    assert_eq!(restore(unsigned).await, json!({ "blind_signatures": [null] }));
    // Up to 2,000 hashes fit into a request; whole blinded tokens, as of version 0.1, are refused.
    let hash = json!({ "key_id": outputs_key(&mint), "blinded_hash": BlindedHash::of(b"none") });
    let many = |count: usize| json!({ "outputs": vec![&hash; count] });
    let post = async |body: &Value| mint.raw().post("/api/v1/restore", None, None, body).await;
    let answer = post(&many(2000)).await;
    assert_eq!((answer.status, answer.body["blind_signatures"].as_array().unwrap().len()), (200, 2000));
    assert_eq!(post(&many(2001)).await.code(), "too_many_items");
    let old = output_requests(&wallet.outputs(10, 1));
    assert_eq!(post(&json!({ "outputs": old })).await.code(), "malformed_request");
}
