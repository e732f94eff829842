//! R3, R4: repeats and cancels. One operation, however often it is asked for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{Engine, RawWallet, TestMint, finalize, on_every_ledger, output_requests};
use serde_json::json;

on_every_ledger! {
    r4_a_hundred_repeats_in_parallel_and_after_a_restart_are_one_operation,
    repeats_of_redeem_and_swap_are_answered_from_the_ledger,
    refusals_are_not_remembered,
    a_cancelled_operation_never_happens_and_a_committed_one_is_told,
}

const KEY: &str = "idempotency-key-000001";
const OTHER: &str = "idempotency-key-000002";

async fn r4_a_hundred_repeats_in_parallel_and_after_a_restart_are_one_operation(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let outputs = wallet.outputs(100, 3);
    let body = json!({ "amount": 300, "outputs": output_requests(&outputs), "a later field": [1, 2] });
    let replica = mint.replica(|ledger| ledger).await;
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..100 {
        let client = if index % 2 == 0 { mint.raw() } else { replica.raw() };
        let (token, body) = (wallet.token.clone(), body.clone());
        tasks.spawn(async move { client.post("/api/v1/withdraw", Some(&token), Some(KEY), &body).await });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "equal status and JSON");
    assert_eq!(answers[0].status, 200);
    assert_eq!(finalize(&outputs, &answers[0].body).len(), 3);
    assert_eq!(wallet.balance().await, 9_700);

    let restarted = mint.restart().await;
    let again = restarted.raw().post("/api/v1/withdraw", Some(&wallet.token), Some(KEY), &body).await;
    assert_eq!(again, answers[0]);
    // Time changes nothing for a repeat: the keys no longer issue.
    mint.clock.advance_days(40);
    let later = mint.raw().post("/api/v1/withdraw", Some(&wallet.token), Some(KEY), &body).await;
    assert_eq!(later, answers[0]);

    let other = json!({ "amount": 300, "outputs": output_requests(&outputs) });
    let reused = mint.raw().post("/api/v1/withdraw", Some(&wallet.token), Some(KEY), &other).await;
    assert_eq!((reused.status, reused.code()), (409, "idempotency_key_reused"));
    mint.assert_clean().await;
}

async fn repeats_of_redeem_and_swap_are_answered_from_the_ledger(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 2).await;
    let wire = wallet.wire(&tokens);
    let redeem = json!({ "tokens": [wire[0]], "merchant_id": "merchant_demo" });
    let first = mint.raw().post("/api/v1/redeem", None, Some(KEY), &redeem).await;
    assert_eq!((first.status, &first.body["redeemed_amount"]), (200, &json!(50)));
    assert_eq!(mint.raw().post("/api/v1/redeem", None, Some(KEY), &redeem).await, first);
    // Without the key it is a second redemption.
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &redeem).await.code(), "token_already_spent");

    let outputs = wallet.outputs(10, 5);
    let swap = json!({ "tokens": [wire[1]], "outputs": output_requests(&outputs) });
    let first = mint.raw().post("/api/v1/swap", None, Some(KEY), &swap).await;
    assert_eq!(first.status, 200);
    assert_eq!(mint.raw().post("/api/v1/swap", None, Some(KEY), &swap).await, first);
    // The signatures can also be restored, by whoever can name the outputs.
    let restored = mint
        .raw()
        .post("/api/v1/restore", None, None, &json!({ "outputs": output_requests(&outputs) }))
        .await;
    assert_eq!(restored.body["blind_signatures"], first.body["blind_signatures"]);
    let unknown = wallet.outputs(10, 1);
    let none = mint
        .raw()
        .post("/api/v1/restore", None, None, &json!({ "outputs": output_requests(&unknown) }))
        .await;
    assert_eq!(none.body, json!({ "blind_signatures": [null] }));
    mint.assert_clean().await;
}

async fn refusals_are_not_remembered(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let wire = wallet.wire(&tokens);
    let wrong = json!({ "tokens": wire, "merchant_id": "merchant_nobody" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, Some(KEY), &wrong).await.status, 404);
    let right = json!({ "tokens": wire, "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, Some(KEY), &right).await.status, 200);
}

async fn a_cancelled_operation_never_happens_and_a_committed_one_is_told(engine: Engine) {
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
    // Whatever its body: the owner of the claim is looked at first.
    let other = json!({ "amount": 100, "outputs": output_requests(&outputs), "more": 1 });
    assert_eq!(send("/api/v1/withdraw", KEY, other).await.code(), "cancelled");
    assert_eq!(wallet.balance().await, 10_000);

    let committed = send("/api/v1/withdraw", OTHER, body).await;
    assert_eq!(committed.status, 200);
    let told = send("/api/v1/cancel", OTHER, cancel.clone()).await;
    assert_eq!(told.body, json!({ "state": "committed", "response": committed.body }));
    // A cancel needs the original's credentials, and its key.
    assert_eq!(mint.raw().post("/api/v1/cancel", None, Some(OTHER), &cancel).await.code(), "unauthorized");
    assert_eq!(
        mint.raw().post("/api/v1/cancel", Some(&token), None, &cancel).await.code(),
        "malformed_request"
    );
    mint.assert_clean().await;
}
