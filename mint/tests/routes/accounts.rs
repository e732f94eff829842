//! `POST /api/v1/accounts` and `GET /api/v1/account`

use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger};
use serde_json::json;

on_every_ledger! {
    the_same_hash_opens_the_same_account_and_funds_it_once,
    statements_are_paged_newest_first,
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
