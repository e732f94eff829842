//! `POST /api/v1/cancel`

use super::{KEY, OTHER_KEY};
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger, output_requests};
use serde_json::json;

on_every_ledger! {
    a_cancelled_operation_never_commits_and_a_committed_one_is_returned,
}

async fn a_cancelled_operation_never_commits_and_a_committed_one_is_returned(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let outputs = wallet.outputs(100, 1);
    let body = json!({ "amount": 100, "outputs": output_requests(&outputs) });
    let cancel = json!({ "route": "withdraw" });
    let token = wallet.token.clone();
    let send =
        async |path: &str, key: &str, body| mint.raw().post(path, Some(&token), Some(key), &body).await;

    let cancelled = send("/api/v1/cancel", KEY, cancel.clone()).await;
    assert_eq!(cancelled.body, json!({ "state": "cancelled" }));
    assert_eq!(send("/api/v1/cancel", KEY, cancel.clone()).await, cancelled);
    let original = send("/api/v1/withdraw", KEY, body.clone()).await;
    assert_eq!((original.status, original.code()), (409, "cancelled"));
    // Whatever the body, because the owner of the claim is looked up first.
    let other = json!({ "amount": 100, "outputs": output_requests(&outputs), "more": 1 });
    assert_eq!(send("/api/v1/withdraw", KEY, other).await.code(), "cancelled");
    assert_eq!(wallet.balance().await, 10_000);

    let committed = send("/api/v1/withdraw", OTHER_KEY, body).await;
    assert_eq!(committed.status, 200);
    let told = send("/api/v1/cancel", OTHER_KEY, cancel.clone()).await;
    assert_eq!(told.body, json!({ "state": "committed", "response": committed.body }));
    // A cancel needs the original's credentials and idempotency key.
    assert_eq!(
        mint.raw().post("/api/v1/cancel", None, Some(OTHER_KEY), &cancel).await.code(),
        "unauthorized"
    );
    assert_eq!(
        mint.raw().post("/api/v1/cancel", Some(&token), None, &cancel).await.code(),
        "malformed_request"
    );
    mint.assert_clean().await;
}
