//! Tests the two hard cases between mints and their database: interleaved batches of two mints, and a COMMIT
//! with an unknown outcome.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::keys::Keyset;
use ecash_harness::{
    ChaosProxy, Engine, OnCommit, RawWallet, Step, TestDatabase, TestMint, output_requests, wait_for,
};
use ecash_ledger::conformance::Book;
use ecash_ledger::postgres::{PostgresLedger, PostgresSettings};
use ecash_ledger::{CommitError, Conflict, IfMissing, Ledger, Posting};
use serde_json::json;
use sqlx::Executor as _;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

async fn open(database: &TestDatabase) -> Ledger {
    open_at(&database.settings()).await
}

async fn open_at(settings: &PostgresSettings) -> Ledger {
    let identity = ecash_ledger::conformance::identity();
    Ledger::new(PostgresLedger::open(settings, &identity, IfMissing::Create).await.unwrap())
}

/// A book over two mints on one database.
async fn book(database: &TestDatabase) -> Book {
    Book::new(open(database).await, open(database).await).await
}

type Answers = Vec<Result<ecash_ledger::CommittedPosting, CommitError>>;

fn start(ledger: &Ledger, postings: Vec<Posting>) -> JoinHandle<Answers> {
    let ledger = ledger.clone();
    tokio::spawn(async move { ledger.postings.commit(&postings, &|_| ()).await })
}

/// Waits until one batch is blocked by a row of another.
async fn a_batch_waits_for_a_row(database: &TestDatabase) {
    wait_for("a batch that waits for a row", async || database.waiting("transactionid").await > 0).await;
}

fn conflict(answer: &Result<ecash_ledger::CommittedPosting, CommitError>) -> Option<&Conflict> {
    match answer {
        Err(CommitError::Conflict(conflict)) => Some(conflict),
        _ => None,
    }
}

// Interleavings of two batches.

#[tokio::test(flavor = "multi_thread")]
async fn the_second_batch_waits_for_the_token_and_loses_only_that_posting() {
    let database = Arc::new(TestDatabase::create().await);
    let book = book(&database).await;
    let tokens = book.tokens(3).await;
    let contested = book.swap(vec![tokens[0].clone()]);
    let rival = book.swap(vec![tokens[0].clone()]);
    let neighbour = book.swap(vec![tokens[1].clone()]);
    // The first batch has inserted into `spent` and is paused before `issued`.
    let step = Step::before_insert_into(&database, "issued").await;
    let first = start(&book.one, vec![book.posting(contested)]);
    step.reached_by(1).await;
    let second = start(&book.two, vec![book.posting(neighbour), book.posting(rival)]);
    a_batch_waits_for_a_row(&database).await;
    step.let_go().await;
    assert!(first.await.unwrap()[0].is_ok());
    let answers = second.await.unwrap();
    assert!(answers[0].is_ok(), "a conflict must not fail other postings of the batch: {answers:?}");
    assert_eq!(conflict(&answers[1]), Some(&Conflict::Spent(vec![0])));
    book.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn if_the_first_batch_dies_the_second_gets_the_token() {
    let database = Arc::new(TestDatabase::create().await);
    let book = book(&database).await;
    let tokens = book.tokens(1).await;
    let step = Step::before_insert_into(&database, "issued").await;
    let first = start(&book.one, vec![book.posting(book.swap(tokens.clone()))]);
    step.reached_by(1).await;
    let second = start(&book.two, vec![book.posting(book.swap(tokens))]);
    a_batch_waits_for_a_row(&database).await;
    // The first mint's session ends before its COMMIT; its retry then conflicts with the winning batch.
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'advisory'";
    database.connect().await.execute(kill).await.unwrap();
    step.let_go().await;
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    let won = [&first[0], &second[0]].iter().filter(|answer| answer.is_ok()).count();
    let lost =
        [&first[0], &second[0]].iter().filter(|a| matches!(conflict(a), Some(Conflict::Spent(_)))).count();
    assert_eq!((won, lost), (1, 1), "{first:?} {second:?}");
    book.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_with_the_same_tokens_in_reversed_order_do_not_deadlock() {
    let database = Arc::new(TestDatabase::create().await);
    let book = book(&database).await;
    for _ in 0..20 {
        let tokens = book.tokens(6).await;
        let batch = |order: &[usize]| {
            order.iter().map(|i| book.posting(book.swap(vec![tokens[*i].clone()]))).collect::<Vec<_>>()
        };
        let one = start(&book.one, batch(&[0, 1, 2, 3, 4, 5]));
        let two = start(&book.two, batch(&[5, 4, 3, 2, 1, 0]));
        let (one, mut two) = (one.await.unwrap(), two.await.unwrap());
        two.reverse();
        for (a, b) in one.iter().zip(&two) {
            assert_eq!([a, b].iter().filter(|answer| answer.is_ok()).count(), 1, "{a:?} {b:?}");
        }
    }
    let deadlocks: i64 =
        sqlx::query_scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            .fetch_one(&mut database.connect().await)
            .await
            .unwrap();
    assert_eq!(deadlocks, 0);
    book.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_mints_debit_one_account_one_after_the_other() {
    let database = Arc::new(TestDatabase::create().await);
    let book = book(&database).await;
    let account = book.account(50).await;
    let step = Step::before_insert_into(&database, "issued").await;
    let first = start(&book.one, vec![book.posting(book.withdraw(&account, 3))]);
    step.reached_by(1).await;
    // The first locks the balance, so the second sees the remaining amount.
    let second = start(&book.two, vec![book.posting(book.withdraw(&account, 3))]);
    a_batch_waits_for_a_row(&database).await;
    step.let_go().await;
    assert!(first.await.unwrap()[0].is_ok());
    let answers = second.await.unwrap();
    assert_eq!(conflict(&answers[0]), Some(&Conflict::InsufficientBalance(account)));
    book.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_ends_after_the_batch_that_touches_it_and_before_the_next() {
    let database = Arc::new(TestDatabase::create().await);
    let book = book(&database).await;
    let tokens = book.tokens(2).await;
    let step = Step::before_insert_into(&database, "issued").await;
    let first = start(&book.one, vec![book.posting(book.swap(vec![tokens[0].clone()]))]);
    step.reached_by(1).await;
    let (two, keyset_id) = (book.two.clone(), Keyset::clone(&book.keyset).keyset_id);
    let operation = book.draft(ecash_ledger::OperationKind::Expire).operation;
    let ending = tokio::spawn(async move { two.keysets.end_keyset(&keyset_id, operation).await });
    // Both wait: the batch at the step, `end_keyset` for the batch.
    step.reached_by(2).await;
    assert!(!ending.is_finished());
    step.let_go().await;
    assert!(first.await.unwrap()[0].is_ok());
    assert!(ending.await.unwrap().unwrap());
    let late = book.one.postings.commit(&[book.posting(book.swap(vec![tokens[1].clone()]))], &|_| ()).await;
    assert!(matches!(conflict(&late[0]), Some(Conflict::KeysetEnded(_))), "{late:?}");
    book.assert_clean().await;
}

// A COMMIT with an unknown outcome (R7).

/// A book whose first mint connects to the database through a proxy.
async fn book_behind(database: &TestDatabase) -> (Book, ChaosProxy) {
    let proxy = ChaosProxy::start(&database.address()).await;
    let url = database.url_by_port(proxy.address.port());
    let behind = open_at(&PostgresSettings { url: url.into(), ..database.settings() }).await;
    (Book::new(behind, open(database).await).await, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn r7_a_commit_with_a_lost_response_is_found() {
    let database = Arc::new(TestDatabase::create().await);
    let (book, proxy) = book_behind(&database).await;
    let tokens = book.tokens(2).await;
    let before = book.two.audit_log.audit().await.unwrap().operations;
    let batch: Vec<_> = tokens.iter().map(|token| book.posting(book.swap(vec![token.clone()]))).collect();
    proxy.on_commit(OnCommit::LoseAnswer, 1);
    let failed = Mutex::new(Vec::new());
    let answers = book.one.postings.commit(&batch, &|step| failed.lock().unwrap().push(step)).await;
    assert_eq!(proxy.hits(), 1);
    assert_eq!(failed.into_inner().unwrap(), ["COMMIT"], "the failed step is reported");
    for (answer, posting) in answers.iter().zip(&batch) {
        assert_eq!(answer.as_ref().unwrap().operation_id, posting.draft().operation.id);
        assert_eq!(answer.as_ref().unwrap().outcome, posting.draft().outcome);
    }
    assert_eq!(
        book.two.audit_log.audit().await.unwrap().operations,
        before + 2,
        "each posting was committed once"
    );
    book.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r7_a_commit_that_never_arrived_is_retried() {
    let database = Arc::new(TestDatabase::create().await);
    let (book, proxy) = book_behind(&database).await;
    let posting = book.posting(book.swap(book.tokens(1).await));
    proxy.on_commit(OnCommit::LoseRequest, 1);
    let answers = book.one.postings.commit(std::slice::from_ref(&posting), &|_| ()).await;
    assert_eq!(answers[0].as_ref().unwrap().operation_id, posting.draft().operation.id);
    assert_eq!(proxy.hits(), 1);
    book.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r7_the_retry_waits_for_a_running_attempt() {
    let database = Arc::new(TestDatabase::create().await);
    let (book, proxy) = book_behind(&database).await;
    let posting = book.posting(book.swap(book.tokens(1).await));
    let before = book.two.audit_log.audit().await.unwrap().operations;
    proxy.on_commit(OnCommit::Delay, 1);
    let committing = start(&book.one, vec![posting.clone()]);
    // The retry waits for its own first attempt, which has neither committed nor ended.
    a_batch_waits_for_a_row(&database).await;
    assert!(!committing.is_finished(), "the posting is neither compensated nor rejected");
    proxy.release();
    let answers = committing.await.unwrap();
    assert_eq!(answers[0].as_ref().unwrap().operation_id, posting.draft().operation.id);
    assert_eq!(book.two.audit_log.audit().await.unwrap().operations, before + 1);
    book.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r7_an_attempt_that_never_ends_is_unavailable_and_resolves_later() {
    let database = Arc::new(TestDatabase::create().await);
    let (book, proxy) = book_behind(&database).await;
    let posting = book.posting(book.swap(book.tokens(1).await));
    proxy.on_commit(OnCommit::Delay, 1);
    let answers = book.one.postings.commit(std::slice::from_ref(&posting), &|_| ()).await;
    assert!(matches!(answers[0], Err(CommitError::Unavailable(_))), "{answers:?}");
    // The server ends the lost session. Then the same posting commits.
    wait_for("the end of the lost session", async || {
        book.two.postings.commit(std::slice::from_ref(&posting), &|_| ()).await[0].is_ok()
    })
    .await;
    proxy.release();
    book.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r7_requests_are_executed_once_if_every_commit_breaks_the_connection() {
    let mint = TestMint::start_on(Engine::Postgres).await;
    let database = mint.database.clone().unwrap();
    let proxy = ChaosProxy::start(&database.address()).await;
    let url = database.url_by_port(proxy.address.port());
    let behind = mint.replica_with(&[("DATABASE_URL", &url)]).await;
    let mut wallet = RawWallet::open(behind.raw()).await;
    for (round, what) in
        [OnCommit::LoseAnswer, OnCommit::LoseRequest, OnCommit::LoseAnswer].into_iter().enumerate()
    {
        let outputs = wallet.outputs(10, 2);
        let body = json!({ "amount": 20, "outputs": output_requests(&outputs) });
        let key = format!("idempotency-key-00000{round}");
        proxy.on_commit(what, 1);
        let answer = behind.raw().post("/api/v1/withdraw", Some(&wallet.token), Some(&key), &body).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        // The other mint returns the same response.
        let again = mint.raw().post("/api/v1/withdraw", Some(&wallet.token), Some(&key), &body).await;
        assert_eq!(again, answer);
    }
    assert_eq!(proxy.hits(), 3);
    assert_eq!(wallet.balance().await, 10_000 - 60);
    mint.assert_clean().await;
}
