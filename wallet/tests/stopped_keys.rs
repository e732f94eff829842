//! H3: a keyset whose private keys may be compromised is stopped, replaced and revoked while wallets hold its
//! tokens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::base64url::Base64Url;
use ecash_core::keys::KeysetStatus;
use ecash_core::token::Opening;
use ecash_core::wire::ErrorCode;
use ecash_core::{AccountId, Amount, KeysetId};
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger, output_requests};
use ecash_mint::service::Stopped;
use ecash_wallet::WalletError;
use ecash_wallet::store::MemoryStore;
use serde_json::json;

on_every_ledger! {
    h3_a_stopped_keyset_issues_nothing_and_is_replaced_until_its_end,
    h3_revoked_tokens_are_recovered_by_the_wallet_they_were_issued_to,
    h3_revoked_tokens_without_an_opening_are_rejected,
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn merchant() -> AccountId {
    AccountId::new("merchant_demo").unwrap()
}

fn first() -> KeysetId {
    KeysetId::new("key_001").unwrap()
}

async fn stop(mint: &TestMint, status: KeysetStatus) {
    assert_eq!(mint.mint.stop_keyset(&first(), status).await.unwrap(), Stopped::Now);
    assert_eq!(mint.mint.stop_keyset(&first(), status).await.unwrap(), Stopped::Before);
}

fn code(error: &WalletError) -> Option<ErrorCode> {
    match error {
        WalletError::Refused(problem) => Some(problem.code),
        _ => None,
    }
}

async fn h3_a_stopped_keyset_issues_nothing_and_is_replaced_until_its_end(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let alice = mint.wallet(1).await;
    alice.withdraw(amount(470)).await.unwrap();
    mint.clock.advance_days(10);

    // The ledger rejects withdrawals immediately, before the running mint has loaded the change.
    let running = mint.replica(|ledger| ledger).await;
    stop(&mint, KeysetStatus::Stopped).await;
    let mut raw = RawWallet::open(running.raw()).await;
    let outputs = raw.outputs(10, 1);
    let body = json!({ "amount": 10, "outputs": output_requests(&outputs) });
    let refused = running.raw().post("/api/v1/withdraw", Some(&raw.token), None, &body).await;
    assert_eq!((refused.status, refused.code()), (422, "key_not_issuing"));

    // The next rotation publishes one replacement, which issues until the same time.
    for mint in [&mint, &running, &mint] {
        mint.mint.rotate_keys().await.unwrap();
    }
    let keys = running.raw().get("/api/v1/keys", None).await.body;
    let (old, new) = (&keys["keysets"][0], &keys["keysets"][1]);
    assert_eq!(
        (&keys["key_id"], &old["status"], &new["replaces"]),
        (&json!("key_002"), &json!("stopped"), &json!("key_001"))
    );
    assert_eq!((&new["status"], &old["issue_until"]), (&json!(null), &new["issue_until"]));
    assert_eq!(keys["keysets"].as_array().unwrap().len(), 2);

    // Its tokens stay valid. Wallets fetch the change and swap them in the background.
    alice.pay(&merchant(), amount(100)).await.unwrap();
    assert!(alice.mint().unwrap().keys_replaced_at.is_none());
    alice.connect().await.unwrap();
    assert!(alice.mint().unwrap().keys_replaced_at.is_some());
    assert_eq!(alice.refresh().await.unwrap(), amount(370));
    alice.withdraw(amount(30)).await.unwrap();
    assert_eq!(alice.balance().unwrap().available, amount(400));

    // The next keyset follows on schedule, and the notice ends.
    for _ in 0..5 {
        mint.clock.advance_days(5);
        mint.mint.rotate_keys().await.unwrap();
    }
    let keys = mint.raw().get("/api/v1/keys", None).await.body;
    assert_eq!(keys["key_id"], "key_003");
    alice.connect().await.unwrap();
    assert!(alice.mint().unwrap().keys_replaced_at.is_none());
    assert_eq!(alice.keys_evidence(), None);
    mint.assert_clean().await;
}

async fn h3_revoked_tokens_are_recovered_by_the_wallet_they_were_issued_to(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let alice = mint.wallet(1).await;
    alice.withdraw(amount(470)).await.unwrap();
    // Some of her tokens come from a swap.
    alice.pay(&merchant(), amount(10)).await.unwrap();
    let bob = mint.wallet(2).await;
    bob.withdraw(amount(60)).await.unwrap();
    stop(&mint, KeysetStatus::Revoked).await;
    mint.mint.rotate_keys().await.unwrap();

    // The keys stay published, because shops compare them with those of the payer's wallet.
    let keys = mint.raw().get("/api/v1/keys", None).await.body;
    assert_eq!(keys["keysets"][0]["keys"].as_array().unwrap().len(), 5);
    // A payment is rejected, nothing is lost, and the wallet learns of the revocation.
    let refused = alice.pay(&merchant(), amount(100)).await.unwrap_err();
    assert_eq!(code(&refused), Some(ErrorCode::KeyRevoked), "{refused:?}");
    assert_eq!(
        (alice.balance().unwrap().available, alice.balance().unwrap().revoked),
        (Amount::ZERO, amount(460))
    );
    // A background refresh must not reveal to the mint which tokens belong together.
    assert_eq!(alice.refresh().await.unwrap(), Amount::ZERO);
    assert_eq!(alice.recover().await.unwrap(), amount(460));
    assert_eq!(
        (alice.balance().unwrap().available, alice.balance().unwrap().revoked),
        (amount(460), Amount::ZERO)
    );
    assert_eq!(alice.recover().await.unwrap(), Amount::ZERO);
    alice.pay(&merchant(), amount(100)).await.unwrap();

    // A wallet restored from the phrase recovers them too.
    let found = mint.open_wallet(&MemoryStore::default(), 3).await;
    found.restore_from_phrase(&bob.recovery_phrase().unwrap().join(" ")).await.unwrap();
    found.connect().await.unwrap();
    assert_eq!(found.restore().await.unwrap().amount, amount(60));
    mint.assert_clean().await;
}

async fn h3_revoked_tokens_without_an_opening_are_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut raw = RawWallet::open(mint.raw()).await;
    // A thief of the private key can sign valid tokens, so these tokens represent forged ones.
    let tokens = raw.withdraw(10, 2).await;
    let stranger = mint.wallet(1).await;
    stop(&mint, KeysetStatus::Revoked).await;
    mint.mint.rotate_keys().await.unwrap();

    let forged = raw.wire(&tokens);
    let text = raw.text(&mint.origin(), tokens[..1].to_vec());
    raw.keyset = mint.mint.keyring().issuing(mint.mint.now()).unwrap().keyset.clone();
    let before = mint.audit().await;
    let swap = |token, raw: &mut RawWallet| json!({ "tokens": [token], "outputs": output_requests(&raw.outputs(10, 1)) });
    let mut token = serde_json::to_value(&forged[0]).unwrap();
    let redeem = json!({ "tokens": [token], "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &redeem).await.code(), "key_revoked");
    let body = swap(token.clone(), &mut raw);
    assert_eq!(mint.raw().post("/api/v1/swap", None, None, &body).await.code(), "key_revoked");
    // An opening of an output that the mint never signed.
    let opening =
        Opening { salt: Base64Url(vec![7; 48]), r: Base64Url(vec![1; forged[0].signature.as_bytes().len()]) };
    token["opening"] = serde_json::to_value(&opening).unwrap();
    let body = swap(token.clone(), &mut raw);
    assert_eq!(mint.raw().post("/api/v1/swap", None, None, &body).await.code(), "key_revoked");
    // A malformed opening.
    token["opening"] = json!({ "salt": "AA", "r": "AA" });
    let body = swap(token, &mut raw);
    assert_eq!(mint.raw().post("/api/v1/swap", None, None, &body).await.code(), "token_invalid");
    let verified = mint.raw().post("/api/v1/verify", None, None, &json!({ "token": forged[0] })).await;
    assert_eq!(verified.body["valid"], false);
    // Receiving the text is rejected before anything is sent.
    stranger.connect().await.unwrap();
    assert!(matches!(stranger.receive(&text).await, Err(WalletError::RevokedKeys)));
    assert_eq!(mint.audit().await.operations, before.operations);
    mint.assert_clean().await;
}
