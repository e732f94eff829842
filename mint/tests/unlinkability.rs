//! S3: no value in rows, Redis, the mint's log at its most verbose level, nginx's log or metrics links a withdrawal to
//! a payment. The long form uses 1,000 tokens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::base64url::encode;
use ecash_harness::{
    MintProcess, Nginx, NginxSettings, RawClient, RawWallet, RedisServer, TestDatabase, finalize,
    output_requests, wait_for,
};
use serde_json::json;
use sqlx::Row as _;
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

/// Everything that was stored or logged, line by line.
async fn left_behind(place: &Place) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut connection = place.database.connect().await;
    // Sealing changes rows of the audit log, so wait until all are sealed.
    wait_for("a sealed audit log", async || {
        let unsealed = "SELECT count(*) FROM audit_log WHERE seal_no IS NULL";
        sqlx::query_scalar::<_, i64>(unsealed).fetch_one(&mut connection).await.unwrap() == 0
    })
    .await;
    let tables = "SELECT table_name::text FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE '\\_sqlx%'";
    for table in sqlx::query_scalar::<_, String>(tables).fetch_all(&mut connection).await.unwrap() {
        let query = format!("SELECT to_jsonb(r)::text FROM \"{table}\" r");
        for row in sqlx::query(&query).fetch_all(&mut connection).await.unwrap() {
            lines.insert(row.get::<String, _>(0));
        }
    }
    for key in place.redis.cli(&["keys", "*"]).unwrap().lines() {
        lines.insert(format!("{key} {}", place.redis.cli(&["get", key]).unwrap_or_default()));
    }
    for file in std::fs::read_dir(place.folder.path()).unwrap().flatten() {
        if file.path().extension().is_some_and(|extension| extension == "log") {
            lines.extend(std::fs::read_to_string(file.path()).unwrap().lines().map(str::to_owned));
        }
    }
    lines.extend(place.nginx.access_log().lines().map(str::to_owned));
    lines
}

struct Place {
    database: TestDatabase,
    redis: RedisServer,
    nginx: Nginx,
    folder: TempDir,
}

/// Values that could identify someone: words of eight characters or more.
fn values(lines: impl Iterator<Item = String>) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for line in lines {
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c));
        values.extend(words.filter(|word| word.len() >= 8).map(str::to_owned));
    }
    values
}

/// Bytes in PostgreSQL's hex format.
fn as_in_a_row(bytes: &[u8]) -> String {
    bytes.iter().fold("x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Whether all accounts share the value: names of keys, tables and components, the minute, the sealer.
fn is_public(value: &str, wallet: &RawWallet, sealer: &str) -> bool {
    let of_a_key = wallet
        .keyset
        .keys
        .iter()
        .any(|key| value == encode(key.key_id.as_bytes()) || value == as_in_a_row(key.key_id.as_bytes()));
    let of_a_minute = value.parse::<u64>().is_ok_and(|seconds| seconds % 60 == 0)
        || value.starts_with("20") && (value.ends_with(":00Z") || value.len() == 13);
    let word = value.chars().all(|c| c.is_ascii_lowercase() || "_-".contains(c));
    let sql = value.chars().all(|c| c.is_ascii_uppercase());
    // The decimals of "elapsed 0.000107241 s": among thousands, two may be equal.
    let nanoseconds = value.len() <= 9 && value.chars().all(|c| c.is_ascii_digit());
    value == sealer || of_a_key || of_a_minute || word || sql || nanoseconds
}

async fn start() -> (Place, MintProcess) {
    let (database, redis) = (TestDatabase::create().await, RedisServer::start().await);
    let folder = TempDir::new().unwrap();
    let (database_url, redis_url) = (database.url(), redis.url());
    let settings = [
        ("DATABASE_URL", database_url.as_str()),
        ("REDIS_URL", redis_url.as_str()),
        ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off"),
        ("DENOMINATIONS", "10"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("RUST_LOG", "debug"),
    ];
    let mint = MintProcess::start(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &settings).await;
    let address = mint.url.trim_start_matches("http://").to_owned();
    let settings = NginxSettings {
        mints: &[address],
        wallet: Path::new("/nowhere"),
        rate: 100_000,
        withdraw_rate: 100_000,
        burst: 20,
        withdraw_burst: 5,
        ports: None,
    };
    let nginx = Nginx::start(settings).await;
    (Place { database, redis, nginx, folder }, mint)
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_nothing_that_is_left_behind_joins_a_withdrawal_to_a_payment() {
    let count: u64 = std::env::var("ECASH_SOAK_TOKENS").map_or(100, |text| text.parse().unwrap());
    let (place, _mint) = start().await;
    let mut wallet = RawWallet::open(RawClient::remote(&place.nginx.url())).await;
    let before = left_behind(&place).await;
    let (mut tokens, mut blinded) = (Vec::new(), Vec::new());
    for round in 0..count / 20 {
        let outputs = wallet.outputs(10, 20);
        blinded.extend(outputs.outputs().iter().map(|output| encode(output.blinded_token().as_bytes())));
        let body = json!({ "amount": 200, "outputs": output_requests(&outputs) });
        let key = format!("withdrawal-number-{round:08}");
        let answer = wallet.client.post("/api/v1/withdraw", Some(&wallet.token), Some(&key), &body).await;
        tokens.extend(finalize(&outputs, &answer.body));
    }
    let withdrawn = left_behind(&place).await;
    for (number, token) in tokens.iter().enumerate() {
        let one = wallet.wire(std::slice::from_ref(token));
        let verified = wallet.client.post("/api/v1/verify", None, None, &json!({ "token": one[0] })).await;
        assert_eq!(verified.body["valid"], true);
        let body = json!({ "tokens": one, "merchant_id": "merchant_demo" });
        let key = format!("payment-number-{number:010}");
        assert_eq!(wallet.client.post("/api/v1/redeem", None, Some(&key), &body).await.status, 200);
    }
    let paid = left_behind(&place).await;

    let of_withdrawals = values(withdrawn.difference(&before).cloned());
    let of_payments = values(paid.difference(&withdrawn).cloned());
    assert!(of_withdrawals.len() > tokens.len() && of_payments.len() > tokens.len(), "it looked at nothing");
    let shared: Vec<_> = of_withdrawals.intersection(&of_payments).collect();
    let key = as_in_a_row(wallet.keyset.keys[0].key_id.as_bytes());
    assert!(shared.contains(&&key), "it would not notice: the key is on both sides: {shared:?}");
    let sealer: Vec<u8> = sqlx::query_scalar("SELECT DISTINCT public_key FROM seals")
        .fetch_one(&mut place.database.connect().await)
        .await
        .unwrap();
    let sealer = as_in_a_row(&sealer);
    let shared: Vec<_> = shared.into_iter().filter(|value| !is_public(value, &wallet, &sealer)).collect();
    assert_eq!(shared, Vec::<&String>::new(), "found on both sides");
    // No secret appears anywhere.
    let everything: String = paid.into_iter().collect::<Vec<_>>().join("\n");
    for token in &tokens {
        for secret in [encode(token.serial.as_bytes()), encode(&token.signature)] {
            assert!(!everything.contains(&secret), "a token's secret was left behind");
        }
    }
    for secret in blinded.iter().chain([&wallet.token]) {
        assert!(!everything.contains(secret.as_str()), "a person's secret was left behind");
    }
}
