//! `GET /api/v1/keys` and `/api/v1/keys/{keyset_id}`

use ecash_core::keys::{KeyPolicy, Keyset, screen};
use ecash_core::wire::KeysResponse;
use ecash_harness::{Engine, TestMint, on_every_ledger};
use serde_json::json;

on_every_ledger! {
    keys_have_the_published_fields,
}

async fn keys_have_the_published_fields(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let keys = mint.raw().get("/api/v1/keys", None).await.body;
    assert_eq!(keys["key_id"], "key_001");
    assert_eq!(keys["institution_id"], "inst_primary");
    assert_eq!(keys["public_key_e"], "65537");
    assert!(keys["public_key_n"].as_str().unwrap().bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(keys["denominations"], json!([10, 50, 100, 500, 1000]));
    assert_eq!(keys["currency"], json!({ "code": "DEMO", "exponent": 0 }));
    let other = mint.raw().get("/api/v1/keys?denomination=500", None).await.body;
    assert_ne!(other["public_key_n"], keys["public_key_n"]);

    // The complete keyset includes the key proofs that wallets check.
    let parsed: KeysResponse = serde_json::from_value(keys).unwrap();
    let whole = mint.raw().get("/api/v1/keys/key_001", None).await.body;
    let whole = serde_json::from_value(whole).unwrap();
    let keyset = Keyset::from_wire(&parsed.institution_id, &parsed.currency, &whole).unwrap();
    assert!(screen(keyset, KeyPolicy::DangerousTestKeys, &[]).is_ok());
}
