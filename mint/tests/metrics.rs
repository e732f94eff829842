//! Metrics for the operator, which must not identify clients, accounts or tokens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use axum::http::Method;
use ecash_core::base64url::Base64Url;
use ecash_core::rsabssa::{BlindedToken, blind_sign};
use ecash_harness::{RawWallet, TestMint, finalize, output_requests};
use ecash_signer::{KeyFiles, KeySecret, SoftwareKey};
use serde_json::json;

#[tokio::test]
async fn metrics_count_operations_and_identify_no_client() {
    let mint = TestMint::start().await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 4).await;
    let body = json!({ "tokens": wallet.wire(&tokens[1..]), "merchant_id": "merchant_demo" });
    for _ in 0..2 {
        wallet.client.post("/api/v1/redeem", None, None, &body).await;
    }
    let made_up = Method::from_bytes(b"BREW").unwrap();
    wallet.client.send(made_up, "/api/v1/keys", &[], Vec::new()).await;
    mint.mint.measure_outstanding().await.unwrap();
    mint.mint.seal().await.unwrap();
    let text = mint.metrics().await;
    for line in [
        "ecash_postings_total{kind=\"withdraw\",result=\"committed\"} 1",
        "ecash_postings_total{kind=\"redeem\",result=\"committed\"} 1",
        "ecash_signatures_total 4",
        "ecash_outstanding_minor{keyset=\"key_001\",denomination=\"10\"} 10",
        "ecash_outstanding_minor{keyset=\"key_001\",denomination=\"1000\"} 0",
        "ecash_sealed_operations_total 3",
        "ecash_signing_waiting 0",
        "ecash_index_hits_total 3",
        "ecash_index_disagreements_total 0",
        "ecash_part_up{part=\"database\"} 1",
        "ecash_part_up{part=\"signer\"} 1",
        "ecash_requests_total{method=\"POST\",path=\"/api/v1/redeem\",status=\"409\"} 1",
        "method=\"other\",path=\"/api/v1/keys\",status=\"405\"",
        "ecash_batch_size_count ",
        "ecash_issue_seconds_left ",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let serial = ecash_core::base64url::encode(wallet.wire(&tokens)[0].serial.as_bytes());
    for secret in [wallet.token.as_str(), wallet.account_id.as_str(), "merchant_demo", "BREW", &serial] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}

/// S7: the public listener does not serve the operator's routes.
#[tokio::test]
async fn s7_metrics_are_not_public() {
    let mint = TestMint::start().await;
    assert_eq!(mint.raw().get("/metrics", None).await.status, 404);
}

/// H3: a thief of a private key forges tokens that the mint cannot distinguish from its own. The mint notices
/// once more tokens of that key were spent than issued.
#[tokio::test]
async fn h3_a_key_with_more_tokens_spent_than_issued_raises_an_alarm() {
    let mint = TestMint::start().await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    mint.mint.measure_outstanding().await.unwrap();
    assert!(mint.metrics().await.contains("ecash_overdrawn_keys 0\n"));
    // The thief has the data folder.
    let secret = KeySecret::find(None, None, mint.folder(), &[0; 32]).unwrap();
    let keys = KeyFiles::open(mint.folder(), secret).unwrap().load(&wallet.keyset).unwrap();
    let outputs = wallet.outputs(10, 1);
    let request = output_requests(&outputs);
    let blinded: Base64Url = serde_json::from_value(request[0]["blinded_token"].clone()).unwrap();
    let key = wallet.keyset.keys.iter().find(|key| key.denomination.minor() == 10).unwrap();
    let stolen = keys.into_iter().find(|stolen| stolen.n().to_vec() == key.public.n()).unwrap();
    let blinded = BlindedToken::parse(&key.public, blinded.as_bytes()).unwrap();
    let signature = blind_sign(&key.public, &SoftwareKey::new(stolen), &blinded).unwrap();
    let signature = Base64Url(signature.as_bytes().to_vec());
    let forged = finalize(&outputs, &json!({ "blind_signatures": [signature] }));
    let body = json!({ "tokens": wallet.wire(&forged), "merchant_id": "merchant_demo" });
    assert_eq!(wallet.client.post("/api/v1/redeem", None, None, &body).await.status, 200);
    mint.mint.measure_outstanding().await.unwrap();
    assert!(mint.metrics().await.contains("ecash_overdrawn_keys 1\n"));
    assert!(
        mint.audit()
            .await
            .violations
            .iter()
            .any(|violation| violation.invariant == ecash_ledger::Invariant::I1)
    );
}
