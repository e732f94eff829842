//! `GET /api/v1/keys` and `/api/v1/keys/{keyset_id}`

use ecash_core::keys::{KeyPolicy, Keyset, screen};
use ecash_core::wire::KeysResponse;
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger};
use serde_json::json;

on_every_ledger! {
    keys_have_the_published_fields,
    h3_private_keys_are_destroyed_after_two_observations_a_day_apart,
    m5_denominations_that_strand_tokens_are_not_published,
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

/// Private keys in files are destroyed after their issuing time, because a thief could use them to forge
/// tokens.
async fn h3_private_keys_are_destroyed_after_two_observations_a_day_apart(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let folder = mint.settings.data_dir.join("keys");
    let first_keys = || {
        let files =
            std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        files.filter(|name| name.starts_with("key_001.") && name.ends_with(".keys")).count()
    };
    let after = async |days: u64| {
        // Small steps, which agree with the ledger's newest time.
        for _ in 0..days {
            mint.clock.advance_days(1);
            mint.mint.rotate_keys().await.unwrap();
        }
        first_keys()
    };
    assert_eq!(after(30).await, 1, "it issues for 30 days");
    assert_eq!(after(1).await, 1, "the first observation");
    mint.mint.rotate_keys().await.unwrap();
    assert_eq!(first_keys(), 1, "again on the same day");
    assert_eq!(after(1).await, 0, "the second observation, a day later");
    // Its tokens are redeemed, a new mint starts without its keys, and the next keyset issues.
    let again = mint.replica(|ledger| ledger).await;
    let body = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    assert_eq!(again.raw().post("/api/v1/redeem", None, None, &body).await.status, 200);
    let mut late = RawWallet::open(again.raw()).await;
    assert_eq!(late.keyset.keyset_id.as_str(), "key_002");
    late.withdraw(50, 1).await;
    again.assert_clean().await;
}

/// Tokens that cannot be swapped into the next keyset could only be redeemed, until they expire.
async fn m5_denominations_that_strand_tokens_are_not_published(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("DENOMINATIONS", "10,50")]).await;
    let weak = "software_keys,demo_funds,fsync_off";
    let with = async |denominations: &str, weak: &str| {
        mint.replica_with(&[("DENOMINATIONS", denominations), ("ALLOW_WEAK", weak)]).await
    };
    let (coarse, smaller) = (with("20,100", weak).await, with("5,10", weak).await);
    let forced = with("20,100", &format!("{weak},stranding_denominations")).await;
    let count = async || mint.ledger.keysets.keysets().await.unwrap().len();
    // The next keyset is due after 23 days.
    for _ in 0..22 {
        mint.clock.advance_days(1);
        coarse.mint.rotate_keys().await.unwrap();
    }
    mint.clock.advance_days(1);
    for refused in [&coarse, &smaller] {
        let error = ecash_environment::error_chain(&refused.mint.rotate_keys().await.unwrap_err());
        assert!(error.contains("could not be swapped into key_002"), "{error}");
    }
    assert_eq!(count().await, 1);
    // The operator may insist.
    forced.mint.rotate_keys().await.unwrap();
    assert_eq!(count().await, 2);
}
