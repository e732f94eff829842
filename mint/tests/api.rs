//! What the routes answer when all is well, field by field, as published.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::keys::{KeyPolicy, Keyset, screen};
use ecash_core::wire::KeysResponse;
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger};
use serde_json::json;

on_every_ledger! {
    health_and_keys_have_the_published_fields,
    the_same_hash_opens_the_same_account_and_funds_it_once,
    statements_are_paged_newest_first,
    verify_tells_what_is_known_and_changes_nothing,
    the_description_lists_every_route,
    both_verifications_agree,
}

async fn health_and_keys_have_the_published_fields(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let health = mint.raw().get("/health", None).await;
    assert_eq!(health.status, 200);
    assert_eq!(health.body["status"], "running");
    assert_eq!(health.body["database"], "ok");
    assert_eq!(health.body["redis"], "not_used");
    assert_eq!(health.body["timestamp"], "2026-01-01T00:00:00Z");
    assert_eq!(mint.raw().get("/health/ready", None).await.status, 200);
    assert_eq!(mint.raw().get("/health/live", None).await.status, 204);

    let keys = mint.raw().get("/api/v1/keys", None).await.body;
    assert_eq!(keys["key_id"], "key_001");
    assert_eq!(keys["institution_id"], "inst_primary");
    assert_eq!(keys["public_key_e"], "65537");
    assert!(keys["public_key_n"].as_str().unwrap().bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(keys["denominations"], json!([10, 50, 100, 500, 1000]));
    assert_eq!(keys["currency"], json!({ "code": "DEMO", "exponent": 0 }));
    let other = mint.raw().get("/api/v1/keys?denomination=500", None).await.body;
    assert_ne!(other["public_key_n"], keys["public_key_n"]);

    // The whole keyset carries the proofs that wallets screen.
    let parsed: KeysResponse = serde_json::from_value(keys).unwrap();
    let whole = mint.raw().get("/api/v1/keys/key_001", None).await.body;
    let whole = serde_json::from_value(whole).unwrap();
    let keyset = Keyset::from_wire(&parsed.institution_id, &parsed.currency, &whole).unwrap();
    assert!(screen(keyset, KeyPolicy::DangerousTestKeys, &[]).is_ok());
}

async fn the_same_hash_opens_the_same_account_and_funds_it_once(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let token = ecash_core::seed::AccountToken::new([7; 32]);
    let hash = ecash_core::base64url::encode(&token.hash());
    let open = async || {
        mint.raw().post("/api/v1/accounts", None, None, &json!({ "account_token_hash": hash })).await
    };
    let first = open().await;
    assert_eq!(open().await, first);
    assert!(first.body["account_token"].is_null());
    let account = mint.raw().get("/api/v1/account", Some(&token.to_bearer())).await.body;
    assert_eq!(account["balance"], 10_000);
    assert_eq!(account["statement"].as_array().unwrap().len(), 1);
    let short =
        mint.raw().post("/api/v1/accounts", None, None, &json!({ "account_token_hash": "AAAA" })).await;
    assert_eq!(short.code(), "malformed_request");
    mint.assert_clean().await;
}

async fn statements_are_paged_newest_first(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    for _ in 0..60 {
        wallet.withdraw(10, 1).await;
    }
    let first = mint.raw().get("/api/v1/account", Some(&wallet.token)).await.body;
    assert_eq!(first["balance"], 9_400);
    assert_eq!(first["statement"].as_array().unwrap().len(), 50);
    assert_eq!(first["statement"][0]["change_minor"], -10);
    let path = format!("/api/v1/account?before={}", first["next_before"]);
    let second = mint.raw().get(&path, Some(&wallet.token)).await.body;
    let rest = second["statement"].as_array().unwrap();
    assert_eq!((rest.len(), &rest[10]["kind"]), (11, &json!("fund")));
    assert!(second["next_before"].is_null());
}

async fn verify_tells_what_is_known_and_changes_nothing(engine: Engine) {
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
    // Without a key id every key of the denomination is tried.
    let mut keyless = serde_json::to_value(&wire[1]).unwrap();
    keyless.as_object_mut().unwrap().remove("key_id");
    let body = json!({ "tokens": [keyless], "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &body).await.status, 200);
    mint.assert_clean().await;
}

async fn the_description_lists_every_route(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let description = mint.raw().get("/openapi.json", None).await.body;
    let mut paths: Vec<_> = description["paths"].as_object().unwrap().keys().cloned().collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            "/api/v1/account",
            "/api/v1/account/events",
            "/api/v1/accounts",
            "/api/v1/cancel",
            "/api/v1/keys",
            "/api/v1/keys/{keyset_id}",
            "/api/v1/redeem",
            "/api/v1/restore",
            "/api/v1/swap",
            "/api/v1/verify",
            "/api/v1/withdraw",
            "/health",
            "/health/live",
            "/health/ready",
        ]
    );
}

/// OpenSSL's verification and `core`'s agree on good and on damaged tokens.
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

#[tokio::test]
async fn the_reference_page_lists_every_route_and_problems_lead_to_their_page() {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;
    let mint = TestMint::start().await;
    let get = async |path: &str| {
        let request = axum::http::Request::get(path).body(Body::empty()).unwrap();
        let response = mint.router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
    };
    let page = get("/docs").await;
    for path in ecash_mint::http::description().paths.paths.keys() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
    }
    assert!(page.contains("id=\"type-WithdrawRequest\"") && !page.contains("<script"));
    let problem = mint.raw().get("/nothing", None).await;
    let link = problem.body["type"].as_str().unwrap();
    let (path, anchor) = link.split_once('#').unwrap();
    assert!(get(path).await.contains(&format!("id=\"{anchor}\"")), "{link}");
    assert!(get("/docs/style.css").await.contains("prefers-color-scheme"));
}
