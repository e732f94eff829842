//! M10: a spent token that is missing in the index gets no signature, and is added to the index.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger, output_requests};
use serde_json::json;

on_every_ledger! {
    m10_a_swap_of_a_token_missing_in_the_index_gets_no_signature,
    m10_a_conflict_adds_the_missing_token_to_the_index,
}

async fn m10_a_swap_of_a_token_missing_in_the_index_gets_no_signature(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(1000, 1).await;
    let redeem = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &redeem).await.status, 200);
    // The index of a restarted mint is empty.
    let forgetful = mint.restart().await;
    for _ in 0..3 {
        let outputs = output_requests(&wallet.outputs(10, 100));
        let swap = json!({ "tokens": wallet.wire(&tokens), "outputs": outputs });
        let refused = forgetful.raw().post("/api/v1/swap", None, None, &swap).await;
        assert_eq!((refused.status, refused.code()), (409, "token_already_spent"));
    }
    let metrics = forgetful.metrics().await;
    assert!(metrics.contains("ecash_signatures_total 0\n"), "{metrics}");
    // The first request adds it to the index, so the other two hit.
    assert!(metrics.contains("ecash_index_hits_total 2\n"), "{metrics}");
    forgetful.assert_clean().await;
}

async fn m10_a_conflict_adds_the_missing_token_to_the_index(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 2).await;
    let redeem = |tokens| json!({ "tokens": wallet.wire(tokens), "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &redeem(&tokens[..1])).await.status, 200);
    let forgetful = mint.restart().await;
    for hits in 0..3 {
        let refused = forgetful.raw().post("/api/v1/redeem", None, None, &redeem(&tokens)).await;
        assert_eq!((refused.code(), &refused.body["index"]), ("token_already_spent", &json!(0)));
        let line = format!("ecash_index_hits_total {hits}\n");
        assert!(forgetful.metrics().await.contains(&line), "{line}");
    }
    // Only the spent token is added.
    let fresh = forgetful.raw().post("/api/v1/redeem", None, None, &redeem(&tokens[1..])).await;
    assert_eq!(fresh.status, 200);
    forgetful.assert_clean().await;
}
