//! R1, R2, R16: exactly one of many conflicting requests succeeds, despite races and crashes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::AccountId;
use ecash_harness::{
    Engine, RawWallet, TestMint, WriteFault, faulty_ledger, on_every_ledger, output_requests,
};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::JoinSet;

on_every_ledger! {
    r1_one_token_spent_in_parallel_at_two_mints_is_spent_once,
    r2_overlapping_swaps_in_reversed_order_do_not_deadlock,
    r16_a_crash_between_sign_and_commit_spends_nothing_and_the_repeat_succeeds,
}

async fn r1_one_token_spent_in_parallel_at_two_mints_is_spent_once(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let replica = mint.replica(|ledger| ledger).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 50).await;
    for token in wallet.wire(&tokens) {
        let body = json!({ "tokens": [token], "merchant_id": "merchant_demo" });
        let mut tasks = JoinSet::new();
        for index in 0..200 {
            let client = if index % 2 == 0 { mint.raw() } else { replica.raw() };
            let body = body.clone();
            tasks.spawn(async move { client.post("/api/v1/redeem", None, None, &body).await });
        }
        let answers = tasks.join_all().await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        let lost = answers.iter().filter(|answer| answer.code() == "token_already_spent").count();
        assert_eq!((won, lost), (1, 199), "{answers:?}");
    }
    let merchant = AccountId::new("merchant_demo").unwrap();
    assert_eq!(mint.ledger.accounts.account(&merchant).await.unwrap().unwrap().balance.minor(), 500);
    mint.assert_clean().await;
}

async fn r2_overlapping_swaps_in_reversed_order_do_not_deadlock(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let replica = mint.replica(|ledger| ledger).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    for _ in 0..50 {
        let tokens = wallet.withdraw(10, 2).await;
        let wire = wallet.wire(&tokens);
        let mut tasks = JoinSet::new();
        for (client, order) in [(mint.raw(), [0, 1]), (replica.raw(), [1, 0])] {
            let outputs = wallet.outputs(10, 2);
            let body = json!({ "tokens": order.map(|index| wire[index].clone()), "outputs": output_requests(&outputs) });
            tasks.spawn(async move { client.post("/api/v1/swap", None, None, &body).await });
        }
        let mut statuses: Vec<_> = tasks.join_all().await.into_iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
    mint.assert_clean().await;
}

async fn r16_a_crash_between_sign_and_commit_spends_nothing_and_the_repeat_succeeds(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(100, 1).await;
    let outputs = wallet.outputs(50, 2);
    let body = json!({ "tokens": wallet.wire(&tokens), "outputs": output_requests(&outputs) });
    let key = "idempotency-key-000001";

    let reached = Arc::new(Notify::new());
    let dying = mint.replica(|inner| faulty_ledger(inner, WriteFault::Hangs(reached.clone()))).await;
    let request = dying.raw();
    let sent = {
        let body = body.clone();
        tokio::spawn(async move { request.post("/api/v1/swap", None, Some(key), &body).await })
    };
    // The swap is signed and waits for a commit that never happens; then the process dies.
    reached.notified().await;
    assert!(!sent.is_finished());
    sent.abort();
    drop(dying);

    let report = mint.audit().await;
    assert_eq!((report.spent_tokens, report.issued_tokens), (0, 1));
    let repeat = mint.raw().post("/api/v1/swap", None, Some(key), &body).await;
    assert_eq!(repeat.status, 200);
    mint.assert_clean().await;
}
