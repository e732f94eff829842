//! R1, R2, R4, R5, R6, R16 and R17 with two mint processes on one PostgreSQL database, as in production.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{
    Answer, ChaosProxy, EventStream, MintProcess, PostgresServer, RawWallet, Seeded, Step, TestDatabase,
    finalize, output_requests, sealed_audit, wait_for,
};
use ecash_ledger::postgres::PostgresLedger;
use ecash_ledger::{AuditReport, IfMissing, Ledger, LedgerIdentity};
use serde_json::{Value, json};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinSet;

struct Pair {
    one: MintProcess,
    two: MintProcess,
    database: Arc<TestDatabase>,
    folder: TempDir,
}

impl Pair {
    async fn start() -> Self {
        Self::start_on(TestDatabase::create().await).await
    }

    async fn start_on(database: TestDatabase) -> Self {
        let database = Arc::new(database);
        let folder = TempDir::new().unwrap();
        // In parallel: exactly one of two mints that start on an empty database creates the keys.
        let (one, two) = tokio::join!(start(&folder, &database), start(&folder, &database));
        Self { one, two, database, folder }
    }

    /// Creates an API key of the demo merchant, like an operator.
    fn api_key(&self) -> String {
        let url = self.database.url();
        let mut operator = Command::new(env!("CARGO_BIN_EXE_ecash-mint"));
        operator.env_clear().env("ECASH_DATA_DIR", self.folder.path()).env("DATABASE_URL", url);
        operator.env("ALLOW_WEAK", "software_keys,demo_funds,fsync_off");
        operator.args(["merchant", "key", "create", "merchant_demo", "--name", "test"]);
        let output = operator.args(["--scopes", "read,payments"]).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let key = printed.split_whitespace().find(|word| word.starts_with("ek_"));
        key.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr))).to_owned()
    }

    /// Restarts the first process.
    async fn restart_one(&mut self) {
        self.one = start(&self.folder, &self.database).await;
    }

    /// Redeems each token at the first process with eight parallel clients; calls `then` with the process
    /// after this many responses. Returns the responses in order, `None` where there was none.
    async fn redeem_until(
        &mut self,
        bodies: &[Value],
        answers: usize,
        then: impl FnOnce(&mut MintProcess),
    ) -> Vec<Option<Answer>> {
        let answered = Arc::new(AtomicUsize::new(0));
        let clients = bodies.chunks(bodies.len().div_ceil(8)).map(|bodies| {
            let (client, bodies, answered) = (self.one.raw(), bodies.to_vec(), answered.clone());
            tokio::spawn(async move {
                let mut heard = Vec::new();
                for body in &bodies {
                    heard.push(client.try_post("/api/v1/redeem", &key(body), body).await);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                heard
            })
        });
        let clients: Vec<_> = clients.collect();
        while answered.load(Ordering::Relaxed) < answers {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
        then(&mut self.one);
        let mut heard = Vec::new();
        for client in clients {
            heard.extend(client.await.unwrap());
        }
        heard
    }

    /// Asserts that every request resolves to one result, the same as any acknowledged before.
    async fn assert_resolved(&self, bodies: &[Value], heard: &[Option<Answer>]) {
        for (body, heard) in bodies.iter().zip(heard) {
            let repeat = self.two.raw().post("/api/v1/redeem", None, Some(&key(body)), body).await;
            assert_eq!(repeat.status, 200, "{repeat:?}");
            if let Some(heard) = heard {
                assert_eq!(*heard, repeat);
            }
        }
    }

    async fn audit(&self) -> AuditReport {
        let settings = ecash_harness::narrow_settings(self.folder.path(), &[]);
        let identity: LedgerIdentity = settings.identity;
        let ledger =
            PostgresLedger::open(&self.database.settings(), &identity, IfMissing::Create).await.unwrap();
        let report = sealed_audit(&Ledger::new(ledger)).await;
        assert_eq!(report.violations, []);
        report
    }
}

async fn start(folder: &TempDir, database: &TestDatabase) -> MintProcess {
    let url = database.url();
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off"),
        ("DENOMINATIONS", "10,50"),
    ];
    MintProcess::start(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &settings).await
}

/// The request's idempotency key, derived from its token, so that no two tests or rounds share one.
fn key(body: &Value) -> String {
    let serial = body["tokens"][0]["serial"].as_str().unwrap();
    format!("key-{serial}")
}

async fn redemptions(wallet: &mut RawWallet, count: u64) -> Vec<Value> {
    let tokens = wallet.withdraw(10, count).await;
    let redeem = |token| json!({ "tokens": [token], "merchant_id": "merchant_demo" });
    wallet.wire(&tokens).into_iter().map(redeem).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn r5_a_process_killed_at_any_moment_loses_nothing_it_acknowledged() {
    let mut pair = Pair::start().await;
    let seed = u64::from(std::process::id());
    let random = Seeded::new(seed);
    for round in 0..5 {
        let mut wallet = RawWallet::open(pair.two.raw()).await;
        let bodies = redemptions(&mut wallet, 100).await;
        let answers = usize::try_from(10 + random.below(70)).unwrap();
        let heard = pair.redeem_until(&bodies, answers, MintProcess::kill).await;
        let lost = heard.iter().filter(|answer| answer.is_none()).count();
        assert!(
            (1..=90).contains(&lost),
            "seed {seed}, round {round}: the process must be killed under load: {lost}"
        );
        pair.assert_resolved(&bodies, &heard).await;
        let began = Instant::now();
        pair.restart_one().await;
        assert!(began.elapsed() < Duration::from_secs(10), "ready in seconds");
    }
    pair.audit().await;
}

/// The process that takes the payments dies; the other one reports each payment once to its payer and the
/// merchant.
#[tokio::test(flavor = "multi_thread")]
async fn r5_payments_survive_the_process_that_took_them() {
    const PAYMENTS: u64 = 80;
    let mut pair = Pair::start().await;
    let api_key = pair.api_key();
    let mut wallet = RawWallet::open(pair.two.raw()).await;
    let tokens = wallet.withdraw(10, PAYMENTS).await;
    let mut bodies = Vec::new();
    for token in wallet.wire(&tokens) {
        let order = json!({ "amount": 10, "description": "tea" });
        let made = pair.two.raw().post("/api/v1/merchant/payments", Some(&api_key), None, &order).await;
        assert_eq!(made.status, 201, "{made:?}");
        bodies.push(json!({ "tokens": [token], "payment_id": made.body["payment_id"] }));
    }
    let heard = pair.redeem_until(&bodies, 30, MintProcess::kill).await;
    assert!(
        heard.iter().filter(|answer| answer.is_none()).count() > 0,
        "the process must be killed under load"
    );

    // A payer without a response cancels first, as a wallet does: the payment was made, with its receipt, or
    // never will be.
    let mut paid = Vec::new();
    for (body, heard) in bodies.iter().zip(&heard) {
        let cancel = json!({ "route": "redeem" });
        let told = pair.two.raw().post("/api/v1/cancel", None, Some(&key(body)), &cancel).await;
        let id = body["payment_id"].as_str().unwrap().to_owned();
        let view = pair.two.raw().get(&format!("/api/v1/payments/{id}"), None).await.body;
        let committed = match told.body["state"].as_str() {
            Some("committed") => Some(told.body["response"].clone()),
            Some("cancelled") => None,
            _ => panic!("{told:?}"),
        };
        assert_eq!(view["state"], json!(if committed.is_some() { "paid" } else { "open" }), "{view}");
        if let Some(heard) = heard {
            assert_eq!(Some(&heard.body), committed.as_ref(), "an acknowledged payment must be committed");
        }
        if let Some(response) = committed {
            assert_eq!(response["receipt"]["payment_id"], json!(id));
            paid.push(id);
        }
    }

    // The feed has each of them exactly once, although the process died right after its commits.
    let events = async || {
        let read = pair.two.raw().get("/api/v1/merchant/events?after=0&limit=100", Some(&api_key)).await;
        let events: Vec<_> = read.body["data"].as_array().unwrap().clone();
        let paid = events.iter().filter(|event| event["type"] == "payment.paid");
        paid.map(|event| event["data"]["payment"]["payment_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    wait_for("the events", async || events().await.len() >= paid.len()).await;
    let mut told = events().await;
    told.sort_unstable();
    paid.sort_unstable();
    assert_eq!(told, paid);
    pair.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r17_a_graceful_stop_finishes_what_was_accepted() {
    let mut pair = Pair::start().await;
    let mut wallet = RawWallet::open(pair.two.raw()).await;
    let bodies = redemptions(&mut wallet, 100).await;
    // An open event stream is closed, and does not delay the shutdown.
    let mut events = EventStream::open(&pair.one.url, &wallet.token).await;
    assert!(events.next().await.is_some());
    let mut ended_well = false;
    let heard = pair.redeem_until(&bodies, 30, |process| ended_well = process.stop()).await;
    assert!(ended_well, "SIGTERM must stop the mint gracefully");
    assert_eq!(events.next().await, None);
    let answered: Vec<_> = heard.iter().flatten().collect();
    assert!(
        (30..100).contains(&answered.len()),
        "the process must be stopped under load: {}",
        answered.len()
    );
    assert!(answered.iter().all(|answer| answer.status == 200), "{answered:?}");
    pair.assert_resolved(&bodies, &heard).await;
    pair.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r1_r2_r4_at_two_processes() {
    let pair = Pair::start().await;
    let clients = [pair.one.raw(), pair.two.raw()];
    let mut wallet = RawWallet::open(pair.one.raw()).await;

    // R1: one token, 200 parallel redemptions.
    for token in wallet.withdraw(10, 5).await {
        let body = json!({ "tokens": wallet.wire(&[token]), "merchant_id": "merchant_demo" });
        let mut tasks = JoinSet::new();
        for index in 0..200 {
            let (client, body) = (clients[index % 2].clone(), body.clone());
            tasks.spawn(async move { client.post("/api/v1/redeem", None, None, &body).await });
        }
        let answers = tasks.join_all().await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        let lost = answers.iter().filter(|answer| answer.code() == "token_already_spent").count();
        assert_eq!((won, lost), (1, 199), "{answers:?}");
    }

    // R2: {A, B} against {B, A}.
    for _ in 0..20 {
        let tokens = wallet.withdraw(10, 2).await;
        let wire = wallet.wire(&tokens);
        let mut tasks = JoinSet::new();
        for (client, order) in clients.iter().cloned().zip([[0, 1], [1, 0]]) {
            let outputs = output_requests(&wallet.outputs(10, 2));
            let body = json!({ "tokens": order.map(|index| wire[index].clone()), "outputs": outputs });
            tasks.spawn(async move { client.post("/api/v1/swap", None, None, &body).await });
        }
        let mut statuses: Vec<_> = tasks.join_all().await.into_iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }

    // R4: one request, 100 times in parallel.
    let outputs = wallet.outputs(50, 2);
    let body = json!({ "amount": 100, "outputs": output_requests(&outputs) });
    let mut tasks = JoinSet::new();
    for index in 0..100 {
        let (client, token, body) = (clients[index % 2].clone(), wallet.token.clone(), body.clone());
        let key = "idempotency-key-000001";
        tasks.spawn(async move { client.post("/api/v1/withdraw", Some(&token), Some(key), &body).await });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "equal status and JSON");
    assert_eq!(finalize(&outputs, &answers[0].body).len(), 2);
    assert_eq!(wallet.balance().await, 10_000 - 50 - 400 - 100);
    pair.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r16_a_process_killed_between_sign_and_commit_spends_nothing_and_the_repeat_succeeds() {
    let mut pair = Pair::start().await;
    let mut wallet = RawWallet::open(pair.one.raw()).await;
    let tokens = wallet.withdraw(50, 1).await;
    let outputs = wallet.outputs(10, 5);
    let body = json!({ "tokens": wallet.wire(&tokens), "outputs": output_requests(&outputs) });
    let key = "idempotency-key-000002";

    // The first process has signed, and its batch is paused before its first row.
    let step = Step::before_insert_into(&pair.database, "operations").await;
    let (client, request) = (pair.one.raw(), body.clone());
    let sent = tokio::spawn(async move { client.try_post("/api/v1/swap", key, &request).await });
    step.reached_by(1).await;
    pair.one.kill();
    assert_eq!(sent.await.unwrap(), None, "no response may be sent");
    step.let_go().await;

    // Nothing was committed, and the other process serves the request.
    let report = pair.audit().await;
    assert_eq!((report.spent_tokens, report.issued_tokens), (0, 1));
    let repeat = pair.two.raw().post("/api/v1/swap", None, Some(key), &body).await;
    assert_eq!(repeat.status, 200, "{:?}", repeat.body);
    assert_eq!(finalize(&outputs, &repeat.body).len(), 5);
    pair.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mint_starts_before_its_database() {
    let database = TestDatabase::create().await;
    let proxy = ChaosProxy::start(&database.address()).await;
    proxy.refuse(true);
    let folder = TempDir::new().unwrap();
    let url = database.url_by_port(proxy.address.port());
    let settings = [("DATABASE_URL", url.as_str()), ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off")];
    // The ledger exists; only the connection to it is missing at the start.
    let direct = database.url();
    let migrating = [("DATABASE_URL", direct.as_str()), settings[1]];
    MintProcess::migrate(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &migrating);
    let mint = MintProcess::start_without(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &settings).await;
    let health = mint.raw().get("/health/ready", None).await;
    assert_eq!((health.status, health.body["database"].as_str()), (503, Some("down")));
    let refused = mint.raw().post("/api/v1/redeem", None, None, &json!({})).await;
    assert_eq!((refused.status, refused.code()), (503, "unavailable"));
    assert!(refused.retry_after_s.is_some());
    proxy.refuse(false);
    wait_for("a serving mint", async || mint.raw().get("/health", None).await.status == 200).await;
    RawWallet::open(mint.raw()).await.withdraw(10, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r6_a_database_killed_under_load_loses_nothing_that_was_acknowledged() {
    let mut server = PostgresServer::start().await;
    let mut pair = Pair::start_on(TestDatabase::create_on(server.url()).await).await;
    // Each request without a database waits some seconds, so the default is one round.
    let rounds: usize = std::env::var("ECASH_SOAK_ROUNDS").map_or(1, |text| text.parse().unwrap());
    for round in 0..rounds {
        let mut wallet = RawWallet::open(pair.two.raw()).await;
        let bodies = redemptions(&mut wallet, 40).await;
        let heard = pair.redeem_until(&bodies, 16, |_| server.kill()).await;
        let (mut committed, mut refused) = (Vec::new(), 0);
        for answer in heard {
            let answer = answer.expect("the mint must respond while its database is down");
            if answer.status != 200 {
                assert_eq!((answer.status, answer.code()), (503, "unavailable"), "{answer:?}");
                assert!(answer.retry_after_s.is_some());
                refused += 1;
            }
            committed.push((answer.status == 200).then_some(answer));
        }
        assert!(
            (1..=30).contains(&refused),
            "round {round}: the database must be killed under load: {refused}"
        );
        let health = pair.one.raw().get("/health/ready", None).await;
        assert_eq!((health.status, health.body["database"].as_str()), (503, Some("down")));
        server.restart().await;
        for mint in [&pair.one, &pair.two] {
            let raw = mint.raw();
            wait_for("a mint that recovers", async || raw.get("/health", None).await.status == 200).await;
        }
        pair.assert_resolved(&bodies, &committed).await;
    }
    pair.audit().await;
}
