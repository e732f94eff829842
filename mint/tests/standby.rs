//! R27: the primary is lost and its standby promoted. Acknowledged operations are kept, all others have one
//! result, no token becomes unspent, and no response revealed what only the lost server had.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::AccountId;
use ecash_harness::{
    Answer, ChaosProxy, Engine, PostgresServer, RawWallet, TestDatabase, TestMint, wait_for,
};
use ecash_ledger::IfMissing;
use ecash_ledger::OpenError;
use ecash_ledger::postgres::PostgresLedger;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A mint that reaches its primary through one proxy, and a standby that replicates through another.
struct Pair {
    primary: PostgresServer,
    standby: PostgresServer,
    following: ChaosProxy,
    to_database: ChaosProxy,
    database: Arc<TestDatabase>,
    mint: TestMint,
}

impl Pair {
    async fn start() -> Self {
        let primary = PostgresServer::start().await;
        let following = ChaosProxy::start(&primary.address()).await;
        let standby = PostgresServer::standby_of(&following.address.to_string()).await;
        let to_database = ChaosProxy::start(&primary.address()).await;
        let url = format!("postgres://postgres@{}", to_database.address);
        let mut primary = primary;
        // From now on every commit waits for the standby.
        primary.kill();
        primary.set("synchronous_standby_names=standby");
        primary.restart().await;
        let database = Arc::new(TestDatabase::create_on(url).await);
        let mint = TestMint::start_on_database(database.clone()).await;
        Self { primary, standby, following, to_database, database, mint }
    }

    /// Kills the primary permanently and promotes the standby.
    async fn fail_over(&mut self) {
        self.primary.kill();
        self.standby.promote().await;
        self.to_database.set_upstream(&self.standby.address());
    }

    async fn waiting_for_standby(&self) -> bool {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        let count: i64 =
            sqlx::query_scalar(waiting).fetch_one(&mut self.database.connect().await).await.unwrap();
        count > 0
    }

    fn redeem(&self, body: &Value, key: &str) -> tokio::task::JoinHandle<Answer> {
        let (client, body, key) = (self.mint.raw(), body.clone(), key.to_owned());
        tokio::spawn(async move { client.post("/api/v1/redeem", None, Some(&key), &body).await })
    }

    async fn redeemed(&self, body: &Value, key: &str) -> Answer {
        let mut answer = self.redeem(body, key).await.unwrap();
        wait_for("a response other than 503", async || {
            if answer.status == 503 {
                answer = self.redeem(body, key).await.unwrap();
            }
            answer.status != 503
        })
        .await;
        answer
    }
}

async fn bodies(mint: &TestMint, tokens: u64) -> Vec<Value> {
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, tokens).await;
    let one = |token| json!({ "tokens": [token], "merchant_id": "merchant_demo" });
    wallet.wire(&tokens).into_iter().map(one).collect()
}

fn key(index: usize) -> String {
    format!("idempotency-key-{index:06}")
}

#[tokio::test(flavor = "multi_thread")]
async fn r27_a_promoted_standby_has_every_acknowledged_payment() {
    let mut pair = Pair::start().await;
    let bodies = bodies(&pair.mint, 120).await;
    let answered = Arc::new(AtomicUsize::new(0));
    // Six clients pay, each one token after another; the primary dies meanwhile.
    let hands: Vec<_> = (0..6)
        .map(|hand| {
            let (client, answered) = (pair.mint.raw(), answered.clone());
            let mine: Vec<_> = bodies.iter().cloned().enumerate().skip(hand).step_by(6).collect();
            tokio::spawn(async move {
                let mut heard = Vec::new();
                for (index, body) in mine {
                    let answer = client.post("/api/v1/redeem", None, Some(&key(index)), &body).await;
                    answered.fetch_add(usize::from(answer.status == 200), Ordering::Relaxed);
                    heard.push((index, answer));
                }
                heard
            })
        })
        .collect();
    wait_for("some payments", async || answered.load(Ordering::Relaxed) >= 20).await;
    pair.fail_over().await;
    let mut acknowledged = 0;
    for hand in hands {
        for (index, heard) in hand.await.unwrap() {
            let repeat = pair.redeemed(&bodies[index], &key(index)).await;
            assert_eq!(repeat.status, 200, "{repeat:?}");
            match heard.status {
                200 => {
                    acknowledged += 1;
                    assert_eq!(heard, repeat, "an acknowledged result must be kept");
                }
                503 => {}
                other => panic!("{other}: {heard:?}"),
            }
            let stolen = pair.redeemed(&bodies[index], &key(1000 + index)).await;
            assert_eq!((stolen.status, stolen.code()), (409, "token_already_spent"));
        }
    }
    assert!((20..120).contains(&acknowledged), "the primary must die during the payments: {acknowledged}");
    pair.mint.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r27_unreplicated_reads_are_withheld() {
    let mut pair = Pair::start().await;
    let bodies = bodies(&pair.mint, 1).await;
    let merchant = AccountId::new("merchant_bakery").unwrap();
    let merchant_token = pair.mint.mint.create_merchant(&merchant, None).await.unwrap().to_bearer();
    // The standby is frozen: a commit is written on the primary, and waits.
    pair.following.freeze(true);
    let sent = pair.redeem(&bodies[0], &key(0));
    wait_for("a commit that waits for the standby", async || pair.waiting_for_standby().await).await;
    // The restarted primary shows a commit that the standby does not have.
    pair.primary.kill();
    pair.primary.restart().await;
    wait_for("the payment to be seen", async || {
        let seen = "SELECT count(*) FROM operations WHERE kind = 'redeem'";
        let seen: i64 = sqlx::query_scalar(seen).fetch_one(&mut pair.database.connect().await).await.unwrap();
        seen == 1
    })
    .await;
    // The client repeats, another pays with the same token, a third verifies the token, the merchant reads
    // the account, the payer cancels: no response may reveal what only this server has.
    let client = pair.mint.raw();
    let verify = json!({ "token": bodies[0]["tokens"][0] });
    let cancel = json!({ "route": "redeem" });
    let (first, second) = (key(0), key(1));
    let answers = tokio::join!(
        client.post("/api/v1/redeem", None, Some(&first), &bodies[0]),
        client.post("/api/v1/redeem", None, Some(&second), &bodies[0]),
        client.post("/api/v1/verify", None, None, &verify),
        client.post("/api/v1/cancel", None, Some(&first), &cancel),
        client.get("/api/v1/account", Some(&merchant_token)),
    );
    for answer in [answers.0, answers.1, answers.2, answers.3, answers.4] {
        assert_eq!((answer.status, answer.code()), (503, "unavailable"), "{answer:?}");
    }
    // One session waits, for any number of requests.
    let repeats = (0..20).map(|_| client.post("/api/v1/verify", None, None, &verify));
    futures_util::future::join_all(repeats).await;
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%emit_message%'";
    let waiting: i64 =
        sqlx::query_scalar(waiting).fetch_one(&mut pair.database.connect().await).await.unwrap();
    assert!(waiting <= 1, "{waiting} sessions wait for the standby");
    assert_eq!(sent.await.unwrap().status, 503);
    // The primary is lost. The standby never had the payment, so it is made now.
    pair.fail_over().await;
    let paid = pair.redeemed(&bodies[0], &key(0)).await;
    assert_eq!(paid.status, 200, "{paid:?}");
    assert_eq!(pair.redeemed(&bodies[0], &key(1)).await.code(), "token_already_spent");
    pair.mint.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r27_an_asynchronous_standby_is_refused() {
    let primary = PostgresServer::start().await;
    let database = TestDatabase::create_on(primary.url()).await;
    let identity = TestMint::start_on(Engine::Sqlite).await.settings.identity;
    let _standby = PostgresServer::standby_of(&primary.address()).await;
    wait_for("a standby that follows", async || {
        let following = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
        let following: i64 =
            sqlx::query_scalar(following).fetch_one(&mut database.connect().await).await.unwrap();
        following == 1
    })
    .await;
    let refused =
        PostgresLedger::open(&database.settings(), &identity, IfMissing::Create).await.err().unwrap();
    assert!(matches!(refused, OpenError::Weak { name: "asynchronous_standby", .. }), "{refused}");
}
