//! R10, R11, R12: Redis is a cache and decides nothing. Killing, flushing, pausing or poisoning it costs
//! time, never money.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, InstitutionId};
use ecash_harness::{
    Engine, EventStream, MintProcess, RawWallet, RedisCluster, RedisServer, TestMint, wait_for,
};
use ecash_mint::spent_index::{IndexState, RedisIndex, RedisSettings, SpentIndex};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinSet;

fn index(url: &str) -> RedisIndex {
    let nodes = url.split(',').map(|node| node.to_owned().into()).collect();
    RedisIndex::new(&RedisSettings { nodes }, &InstitutionId::new("inst_test").unwrap()).unwrap()
}

fn token(byte: u8) -> TokenMessage {
    TokenMessage::new([byte; 32])
}

/// Two mints on one ledger and one Redis.
async fn two_mints(redis: &str) -> (TestMint, TestMint) {
    let mint = TestMint::start_on_with(Engine::Postgres, &[("REDIS_URL", redis)]).await;
    let replica = mint.replica_with(&[("REDIS_URL", redis)]).await;
    (mint, replica)
}

fn redeem(wallet: &RawWallet, token: &ecash_core::token::Token) -> Value {
    json!({ "tokens": wallet.wire(std::slice::from_ref(token)), "merchant_id": "merchant_demo" })
}

/// Sends forty parallel redemptions of each token to both mints. Returns how many tokens were redeemed.
async fn race(mint: &TestMint, replica: &TestMint, bodies: &[Value]) -> usize {
    let mut redeemed = 0;
    for body in bodies {
        let mut tasks = JoinSet::new();
        for index in 0..40 {
            let client = if index % 2 == 0 { mint.raw() } else { replica.raw() };
            let body = body.clone();
            tasks.spawn(async move { client.post("/api/v1/redeem", None, None, &body).await });
        }
        let answers = tasks.join_all().await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        let lost = answers.iter().filter(|answer| answer.code() == "token_already_spent").count();
        assert_eq!((won, lost), (1, 39), "{answers:?}");
        redeemed += won;
    }
    redeemed
}

#[tokio::test]
async fn tokens_spent_at_one_mint_are_known_at_the_other() {
    let server = RedisServer::start().await;
    let (one, two) = (index(&server.url()), index(&server.url()));
    assert_eq!(one.state().await, IndexState::Up);
    assert_eq!(one.may_be_spent(&[token(1), token(2)]).await, [false, false]);
    one.remember(&[token(2), token(3)]).await;
    assert_eq!(two.may_be_spent(&[token(1), token(2), token(3)]).await, [false, true, true]);
    assert_eq!(two.may_be_spent(&[]).await, Vec::<bool>::new());
    // Entries expire, and their keys include the institution.
    let keys = server.cli(&["keys", "*"]).unwrap();
    assert_eq!(keys.lines().count(), 2);
    let ttl: i64 = server.cli(&["ttl", keys.lines().next().unwrap()]).unwrap().parse().unwrap();
    assert!((1..=30 * 86_400).contains(&ttl), "{ttl}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r10_redis_killed_flushed_and_paused_costs_no_money_and_little_time() {
    let mut server = RedisServer::start().await;
    let (mint, replica) = two_mints(&server.url()).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 12).await;
    let bodies: Vec<_> = tokens.iter().map(|token| redeem(&wallet, token)).collect();
    let health = async || mint.raw().get("/health", None).await;
    assert_eq!(health().await.body["redis"], "ok");
    assert!(mint.metrics().await.contains("ecash_part_up{part=\"redis\"} 1"));
    let mut redeemed = race(&mint, &replica, &bodies[..3]).await;

    assert!(server.cli(&["flushall"]).is_some());
    // Tokens spent before the flush are still rejected.
    let again = mint.raw().post("/api/v1/redeem", None, None, &bodies[0]).await;
    assert_eq!(again.code(), "token_already_spent");
    redeemed += race(&mint, &replica, &bodies[3..6]).await;

    server.pause(true);
    let began = Instant::now();
    redeemed += race(&mint, &replica, &bodies[6..8]).await;
    assert!(began.elapsed() < Duration::from_secs(10), "Redis must be skipped: {:?}", began.elapsed());
    server.pause(false);

    server.kill();
    redeemed += race(&mint, &replica, &bodies[8..10]).await;
    // Health reports Redis as down, but the mint keeps serving.
    let alarm = health().await;
    assert_eq!(
        (alarm.status, &alarm.body["status"], &alarm.body["redis"]),
        (200, &json!("running"), &json!("down"))
    );
    let ready = mint.raw().get("/health/ready", None).await;
    assert_eq!(ready.status, 200);
    assert!(mint.metrics().await.contains("ecash_part_up{part=\"redis\"} 0"));

    server.restart().await;
    wait_for("redis in use again", async || health().await.body["redis"] == "ok").await;
    redeemed += race(&mint, &replica, &bodies[10..]).await;
    assert_eq!(redeemed, bodies.len());
    mint.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mint_starts_without_its_redis_and_connects_later() {
    let mut server = RedisServer::start().await;
    server.kill();
    let mint = TestMint::start_with(&[("REDIS_URL", &server.url())]).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 1).await;
    assert_eq!(mint.raw().get("/health", None).await.body["redis"], "down");
    server.restart().await;
    wait_for("redis in use", async || mint.raw().get("/health", None).await.body["redis"] == "ok").await;
    let redeemed = mint.raw().post("/api/v1/redeem", None, None, &redeem(&wallet, &tokens[0])).await;
    assert_eq!(redeemed.status, 200);
    assert_eq!(server.cli(&["dbsize"]).as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn r12_a_poisoned_redis_changes_no_decision() {
    let server = RedisServer::start().await;
    let (mint, replica) = two_mints(&server.url()).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 3).await;
    let bodies: Vec<_> = tokens.iter().map(|token| redeem(&wallet, token)).collect();
    // Redis reports an unspent token as spent …
    let institution_id = mint.mint.identity().institution_id.clone();
    let nodes = vec![server.url().into()];
    let poison = RedisIndex::new(&RedisSettings { nodes }, &institution_id).unwrap();
    poison.remember(&[tokens[0].message()]).await;
    assert_eq!(poison.may_be_spent(&[tokens[0].message()]).await, [true]);
    assert_eq!(replica.raw().post("/api/v1/redeem", None, None, &bodies[0]).await.status, 200);
    // … a spent token as unspent …
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &bodies[1]).await.status, 200);
    assert!(server.cli(&["flushall"]).is_some());
    assert_eq!(
        replica.raw().post("/api/v1/redeem", None, None, &bodies[1]).await.code(),
        "token_already_spent"
    );
    // … and holds a value of the wrong type.
    let key = format!(
        "ecash:{institution_id}:spent:{}",
        ecash_core::base64url::encode(tokens[2].message().as_bytes())
    );
    assert!(server.cli(&["lpush", &key, "nonsense"]).is_some());
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &bodies[2]).await.status, 200);
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &bodies[2]).await.code(), "token_already_spent");
    mint.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_serves_and_survives_the_loss_of_a_master() {
    let mut cluster = RedisCluster::start().await;
    let index = index(&cluster.url());
    let tokens: Vec<_> = (0..100).map(token).collect();
    let all_known = async || {
        index.remember(&tokens).await;
        index.may_be_spent(&tokens).await.iter().all(|known| *known)
    };
    wait_for("tokens spread over all masters", all_known).await;
    let spread = cluster.servers.iter().take(3).map(|server| server.cli(&["dbsize"]).unwrap());
    assert!(spread.into_iter().all(|count| count != "0"));

    cluster.servers[0].kill();
    let began = Instant::now();
    let _ = index.may_be_spent(&tokens).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    cluster.is_whole(1).await;
    wait_for("the replica in use", all_known).await;
}

/// R11: frozen replicas take over from a lost master, and the tokens spent since are missing.
#[tokio::test]
async fn r11_a_failover_that_loses_writes_makes_no_token_spendable() {
    let mut cluster = RedisCluster::start().await;
    let (mint, replica) = two_mints(&cluster.url()).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 24).await;
    let bodies: Vec<_> = tokens.iter().map(|token| redeem(&wallet, token)).collect();
    for standing_still in cluster.servers.iter().skip(3) {
        standing_still.pause(true);
    }
    for body in &bodies {
        assert_eq!(mint.raw().post("/api/v1/redeem", None, None, body).await.status, 200);
    }
    let known: usize = cluster.servers[..3]
        .iter()
        .map(|server| server.cli(&["dbsize"]).unwrap().parse::<usize>().unwrap())
        .sum();
    assert_eq!(known, tokens.len(), "the masters must have all tokens");
    cluster.servers[0].kill();
    for standing_still in cluster.servers.iter().skip(3) {
        standing_still.pause(false);
    }
    cluster.is_whole(1).await;
    let masters = cluster.servers[1..]
        .iter()
        .filter(|server| server.cli(&["role"]).is_some_and(|role| role.starts_with("master")));
    let left: usize = masters.map(|server| server.cli(&["dbsize"]).unwrap().parse::<usize>().unwrap()).sum();
    assert!(left < tokens.len(), "the failover must lose tokens: {left}");
    for (number, body) in bodies.iter().enumerate() {
        let client = if number % 2 == 0 { mint.raw() } else { replica.raw() };
        let again = client.post("/api/v1/redeem", None, None, body).await;
        assert_eq!((again.status, again.code()), (409, "token_already_spent"));
    }
    mint.assert_clean().await;
}

/// Over TLS the mint trusts only the system's certificate authorities.
#[tokio::test(flavor = "multi_thread")]
async fn a_redis_over_tls_is_used_if_its_certificate_is_trusted() {
    let server = RedisServer::start_with_tls().await;
    let (url, certificate) = server.tls();
    let certificate = certificate.display().to_string();
    let nobody = TempDir::new().unwrap();
    let none = nobody.path().join("none.pem").display().to_string();
    for (trusted, told) in [(&certificate, "ok"), (&none, "down")] {
        let folder = TempDir::new().unwrap();
        let settings = [
            ("REDIS_URL", url.as_str()),
            ("SSL_CERT_FILE", trusted.as_str()),
            ("SSL_CERT_DIR", "/nowhere"),
            ("DENOMINATIONS", "10"),
        ];
        let mint = MintProcess::start(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &settings).await;
        assert_eq!(mint.raw().get("/health", None).await.body["redis"], told);
    }
}

/// Subscribers receive an account's events, whichever mint they happen at, also after Redis was lost and came
/// back.
#[tokio::test(flavor = "multi_thread")]
async fn live_events_pass_between_mints() {
    let mut server = RedisServer::start().await;
    let (mint, replica) = two_mints(&server.url()).await;
    let mut payer = RawWallet::open(mint.raw()).await;
    let tokens = payer.withdraw(10, 4).await;
    let payee = AccountId::new("merchant_bakery").unwrap();
    let token = mint.mint.create_merchant(&payee, None).await.unwrap().to_bearer();
    let address = replica.serve().await;
    let mut events = EventStream::open(&format!("http://{address}"), &token).await;
    let balance = |event: Option<Value>| event.expect("an event")["balance"].as_u64().unwrap();
    assert_eq!(balance(events.next().await), 0, "the first event is the current balance");
    let pay = async |client: ecash_harness::RawClient, token: usize| {
        let paid = json!({ "tokens": payer.wire(&tokens[token..=token]), "merchant_id": payee });
        assert_eq!(client.post("/api/v1/redeem", None, None, &paid).await.status, 200);
    };
    wait_for("both mints to listen", async || {
        server.cli(&["pubsub", "numsub", "ecash:inst_primary:live"]).is_some_and(|said| said.ends_with('2'))
    })
    .await;
    pay(mint.raw(), 0).await;
    assert_eq!(balance(events.next().await), 10, "a payment at the other mint must be reported");
    pay(replica.raw(), 1).await;
    assert_eq!(balance(events.next().await), 20, "a payment at the same mint must be reported");

    server.kill();
    pay(replica.raw(), 2).await;
    assert_eq!(balance(events.next().await), 30, "a payment at the same mint must be reported without Redis");
    server.restart().await;
    wait_for("both mints to listen again", async || {
        server.cli(&["pubsub", "numsub", "ecash:inst_primary:live"]).is_some_and(|said| said.ends_with('2'))
    })
    .await;
    pay(mint.raw(), 3).await;
    assert_eq!(balance(events.next().await), 40);
    mint.assert_clean().await;
}
