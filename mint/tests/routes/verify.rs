//! `POST /api/v1/verify`

use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger};
use serde_json::json;

on_every_ledger! {
    verify_reports_the_state_and_changes_nothing,
    both_verifications_agree,
}

async fn verify_reports_the_state_and_changes_nothing(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 2).await;
    let wire = wallet.wire(&tokens);
    let redeem = json!({ "tokens": [wire[0]], "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &redeem).await.status, 200);
    let mut forged = serde_json::to_value(&wire[1]).unwrap();
    forged["denomination"] = json!(100);
    let body = json!({ "tokens": [wire[0], wire[1], forged] });
    let results = mint.raw().post("/api/v1/verify", None, None, &body).await.body["results"].clone();
    let told: Vec<_> =
        (0..3).map(|i| (results[i]["valid"] == true, results[i]["already_spent"] == true)).collect();
    assert_eq!(told, [(true, true), (true, false), (false, false)]);
    let one = mint.raw().post("/api/v1/verify", None, None, &json!({ "token": wire[1] })).await.body;
    assert_eq!((&one["valid"], &one["already_spent"]), (&json!(true), &json!(false)));
    // Without a key id the mint tries every key of the denomination, but not for lists.
    let mut keyless = serde_json::to_value(&wire[1]).unwrap();
    keyless.as_object_mut().unwrap().remove("key_id");
    let one = mint.raw().post("/api/v1/verify", None, None, &json!({ "token": keyless })).await.body;
    assert_eq!((&one["valid"], &one["already_spent"]), (&json!(true), &json!(false)));
    let list = mint.raw().post("/api/v1/verify", None, None, &json!({ "tokens": [wire[0], keyless] })).await;
    assert_eq!((list.code(), &list.body["index"]), ("key_id_required", &json!(1)));
    let body = json!({ "tokens": [keyless], "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &body).await.status, 200);
    mint.assert_clean().await;
}

/// OpenSSL's and `core`'s verification agree on valid and on corrupted tokens.
async fn both_verifications_agree(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 1).await;
    let keyring = mint.mint.keyring();
    let entry = keyring.key(&tokens[0].key_id).unwrap();
    for bit in (0..128 * 8).step_by(37) {
        let mut token = tokens[0].clone();
        assert!(
            token.verify(entry.key).is_ok()
                && entry.verifier.verify(&entry.keyset.keyset_id, &token).is_some()
        );
        token.signature[bit / 8] ^= 1 << (bit % 8);
        assert!(token.verify(entry.key).is_err(), "bit {bit}");
        assert!(entry.verifier.verify(&entry.keyset.keyset_id, &token).is_none(), "bit {bit}");
    }
}
