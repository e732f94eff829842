//! S3: no value in rows, Redis, the mint's log at its most verbose level, nginx's log or a shop's webhooks
//! links a withdrawal to a payment, or a refund to either of them. The long form uses 1,000 tokens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use ecash_core::PaymentId;
use ecash_core::base64url::encode;
use ecash_core::refund::Claim;
use ecash_core::seed::Seed;
use ecash_core::token::{InvertedOutputs, Token};
use ecash_environment::Clock as _;
use ecash_harness::{
    MintProcess, Nginx, NginxSettings, RawClient, RawWallet, RedisServer, TestDatabase, finalize,
    output_requests, wait_for,
};
use serde_json::{Value, json};
use sqlx::Row as _;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Returns everything that was stored or logged, line by line.
async fn left_behind(place: &Place) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut connection = place.database.connect().await;
    // Sealing, numbering and delivering change rows a little later, so wait until all of it is done.
    wait_for("a settled ledger", async || {
        let unsettled = "SELECT (SELECT count(*) FROM audit_log WHERE seal_no IS NULL)
            + (SELECT count(*) FROM outbox WHERE merchant_id IS NOT NULL AND feed_no IS NULL)
            + (SELECT count(*) FROM deliveries WHERE state = 'pending')";
        sqlx::query_scalar::<_, i64>(unsettled).fetch_one(&mut connection).await.unwrap() == 0
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
    lines.extend(place.nginx().access_log().lines().map(str::to_owned));
    lines.extend(place.webhooks.lock().unwrap().iter().cloned());
    lines
}

struct Place {
    database: TestDatabase,
    redis: RedisServer,
    nginx: Option<Nginx>,
    folder: TempDir,
    /// What the shop's server received.
    webhooks: Arc<Mutex<Vec<String>>>,
    webhook_url: String,
}

impl Place {
    fn nginx(&self) -> &Nginx {
        self.nginx.as_ref().unwrap()
    }

    /// Number of events that the shop's server received; one may be delivered twice.
    fn events(&self) -> usize {
        self.webhooks.lock().unwrap().iter().collect::<BTreeSet<_>>().len()
    }

    /// A client that comes through nginx.
    fn client(&self) -> RawClient {
        RawClient::remote(&self.nginx().url())
    }

    fn settings(&self) -> Vec<(String, String)> {
        let url = self.webhook_url.trim_start_matches("http://").trim_end_matches('/');
        let settings = [
            ("DATABASE_URL", self.database.url()),
            ("REDIS_URL", self.redis.url()),
            ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off".to_owned()),
            ("DENOMINATIONS", "10".to_owned()),
            ("TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            ("RUST_LOG", "debug".to_owned()),
            ("WEBHOOK_ALLOW", url.to_owned()),
            ("MERCHANT_RATE_LIMIT_PER_SECOND", "1000".to_owned()),
        ];
        settings.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// Runs a command of the operator and returns what it prints.
    fn operator(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecash-mint"));
        command.args(arguments).env("ECASH_DATA_DIR", self.folder.path()).envs(self.settings());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
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
    // The decimals of "elapsed 0.000107241 s" and "1.488077ms": among thousands, two may be equal.
    let decimals = value.trim_end_matches("ms");
    let elapsed = decimals.len() <= 9 && decimals.chars().all(|c| c.is_ascii_digit());
    value == sealer || of_a_key || of_a_minute || word || sql || elapsed
}

async fn start() -> (Place, MintProcess) {
    let webhooks = Arc::new(Mutex::new(Vec::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let webhook_url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
    let receive = |State(webhooks): State<Arc<Mutex<Vec<String>>>>, body: String| async move {
        webhooks.lock().unwrap().push(body);
    };
    let app = Router::new().route("/", post(receive)).with_state(webhooks.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut place = Place {
        database: TestDatabase::create().await,
        redis: RedisServer::start().await,
        nginx: None,
        folder: TempDir::new().unwrap(),
        webhooks,
        webhook_url,
    };
    let settings = place.settings();
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mint = MintProcess::start(env!("CARGO_BIN_EXE_ecash-mint"), place.folder.path(), &settings).await;
    let address = mint.url.trim_start_matches("http://").to_owned();
    let settings = NginxSettings {
        mints: &[address],
        wallet: Path::new("/nowhere"),
        rate: 100_000,
        withdraw_rate: 100_000,
        burst: 20,
        withdraw_burst: 5,
        ports: None,
        merchant_origin: "",
        believes_clients: false,
    };
    place.nginx = Some(Nginx::start(settings).await);
    (place, mint)
}

/// Withdraws tokens of 10, 20 at a time. Returns them with the text of each blinded token.
async fn withdraw(wallet: &mut RawWallet, count: u64) -> (Vec<Token>, Vec<String>) {
    let (mut tokens, mut blinded) = (Vec::new(), Vec::new());
    for round in 0..count / 20 {
        let outputs = wallet.outputs(10, 20);
        blinded.extend(blinded_text(&outputs));
        let body = json!({ "amount": 200, "outputs": output_requests(&outputs) });
        let key = format!("withdrawal-number-{round:08}");
        let answer = wallet.client.post("/api/v1/withdraw", Some(&wallet.token), Some(&key), &body).await;
        tokens.extend(finalize(&outputs, &answer.body));
    }
    (tokens, blinded)
}

fn blinded_text(outputs: &InvertedOutputs) -> Vec<String> {
    outputs.outputs().iter().map(|output| encode(output.blinded_token().as_bytes())).collect()
}

/// Pays a merchant without an order.
async fn pay(wallet: &RawWallet, tokens: &[Token]) {
    for (number, token) in tokens.iter().enumerate() {
        let body =
            json!({ "tokens": wallet.wire(std::slice::from_ref(token)), "merchant_id": "merchant_demo" });
        let key = format!("payment-number-{number:010}");
        assert_eq!(wallet.client.post("/api/v1/redeem", None, Some(&key), &body).await.status, 200);
    }
}

/// Fails if a value that could identify someone is new in both steps.
async fn assert_unlinked(place: &Place, wallet: &RawWallet, one: &Step<'_>, other: &Step<'_>) {
    let [left, right] = [one, other].map(|(before, after)| values(after.difference(before).cloned()));
    let shared: Vec<_> = left.intersection(&right).collect();
    let key = as_in_a_row(wallet.keyset.keys[0].key_id.as_bytes());
    assert!(shared.contains(&&key), "the search must find the key, which is on both sides: {shared:?}");
    let sealer: Vec<u8> = sqlx::query_scalar("SELECT DISTINCT public_key FROM seals")
        .fetch_one(&mut place.database.connect().await)
        .await
        .unwrap();
    let sealer = as_in_a_row(&sealer);
    let shared: Vec<_> = shared.into_iter().filter(|value| !is_public(value, wallet, &sealer)).collect();
    let whose = |value: &&String| other.1.iter().find(|line| line.contains(value.as_str())).cloned();
    let whose: Vec<_> = shared.iter().map(whose).collect();
    assert_eq!(shared, Vec::<&String>::new(), "found on both sides: {whose:?}");
}

/// What was left behind before and after it.
type Step<'a> = (&'a BTreeSet<String>, &'a BTreeSet<String>);

fn assert_no_secret<'a>(left_behind: &BTreeSet<String>, secrets: impl Iterator<Item = &'a String>) {
    let everything = left_behind.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    for secret in secrets {
        assert!(!everything.contains(secret), "a secret was stored or logged");
    }
}

fn secrets_of(tokens: &[Token]) -> Vec<String> {
    let secrets = |token: &Token| [encode(token.serial.as_bytes()), encode(&token.signature)];
    tokens.iter().flat_map(secrets).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_nothing_stored_or_logged_links_a_withdrawal_to_a_payment() {
    let count: u64 = std::env::var("ECASH_SOAK_TOKENS").map_or(100, |text| text.parse().unwrap());
    let (place, _mint) = start().await;
    let mut wallet = RawWallet::open(place.client()).await;
    let before = left_behind(&place).await;
    let (tokens, blinded) = withdraw(&mut wallet, count).await;
    let withdrawn = left_behind(&place).await;
    for token in wallet.wire(&tokens) {
        let verified = wallet.client.post("/api/v1/verify", None, None, &json!({ "token": token })).await;
        assert_eq!(verified.body["valid"], true);
    }
    pay(&wallet, &tokens).await;
    let paid = left_behind(&place).await;
    assert!(
        values(paid.difference(&withdrawn).cloned()).len() > tokens.len(),
        "the payments must leave values to compare"
    );
    assert_unlinked(&place, &wallet, &(&before, &withdrawn), &(&withdrawn, &paid)).await;
    let secrets = secrets_of(&tokens);
    assert_no_secret(&paid, secrets.iter().chain(&blinded).chain([&wallet.token]));
}

/// A shop that creates payments, gets their webhooks and refunds them.
struct Shop<'a> {
    wallet: &'a mut RawWallet,
    key: String,
}

impl Shop<'_> {
    async fn post(&self, path: &str, body: &Value, number: usize) -> Value {
        let key = format!("of-the-shop-{number:012}");
        let answer = self.wallet.client.post(path, Some(&self.key), Some(&key), body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body
    }

    /// The data of the merchant page: the responses of the routes that it reads, line by line.
    async fn what_its_page_reads(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let yesterday = ecash_environment::SystemClock.now().unix_seconds() - 86_400;
        let since = format!("from={}", ecash_core::Timestamp::from_unix_seconds(yesterday));
        for route in [
            "",
            "/statement",
            "/payments",
            "/payouts",
            "/events?limit=100",
            &format!("/export.csv?{since}"),
            &format!("/receipts.zip?{since}"),
        ] {
            let answer = self.wallet.client.get(&format!("/api/v1/merchant{route}"), Some(&self.key)).await;
            assert_eq!(answer.status, 200, "{route}: {}", answer.body);
            let text = String::from_utf8_lossy(&answer.bytes).replace("},{", "},\n{");
            lines.extend(text.lines().map(str::to_owned));
        }
        lines
    }

    /// Creates a payment, which the payer pays with one token.
    async fn sell(&self, token: &Token, number: usize) -> String {
        let order = json!({ "amount": 10, "description": "A roll" });
        let payment = self.post("/api/v1/merchant/payments", &order, number).await;
        let payment_id = payment["payment_id"].as_str().unwrap().to_owned();
        let commitment = encode(&self.payers_secret(&payment_id).commitment());
        let body = json!({
            "tokens": self.wallet.wire(std::slice::from_ref(token)),
            "payment_id": payment_id, "refund_commitment": commitment,
        });
        let paid = self.wallet.client.post("/api/v1/redeem", None, None, &body).await;
        assert_eq!(paid.status, 200, "{}", paid.body);
        payment_id
    }

    /// Refunds a payment, which the payer claims as one token.
    async fn refund(&mut self, payment_id: &str, number: usize) -> (Token, Vec<String>) {
        self.post(&format!("/api/v1/merchant/payments/{payment_id}/refunds"), &json!({}), number).await;
        let outputs = self.wallet.outputs(10, 1);
        let key_id = outputs.key().key_id;
        let claim = Claim {
            institution_id: &self.wallet.keyset.institution_id,
            payment_id: &PaymentId::new(payment_id).unwrap(),
            refunds: &[1],
            outputs: &[(key_id, outputs.outputs()[0].blinded_token().as_bytes())],
        };
        let secret = self.payers_secret(payment_id);
        let body = json!({
            "refund_key": encode(&secret.public_key()), "refunds": [1], "outputs": output_requests(&outputs),
            "signature": encode(&secret.sign(&claim.message().unwrap())),
        });
        let path = format!("/api/v1/payments/{payment_id}/refunds/claim");
        let claimed = self.wallet.client.post(&path, None, None, &body).await;
        assert_eq!(claimed.status, 200, "{}", claimed.body);
        (finalize(&outputs, &claimed.body).remove(0), blinded_text(&outputs))
    }

    fn payers_secret(&self, payment_id: &str) -> ecash_core::seed::RefundSecret {
        let origin = ecash_core::Origin::new("https://mint.example").unwrap();
        Seed::new([7; 64]).refund_secret(&origin, &self.wallet.keyset.institution_id, payment_id)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_orders_refunds_and_webhooks_link_nothing_either() {
    let (place, _mint) = start().await;
    place.operator(&["merchant", "create", "merchant_shop"]);
    let made = place.operator(&[
        "merchant",
        "key",
        "create",
        "merchant_shop",
        "--scopes",
        "read,payments,refunds,webhooks,payouts",
    ]);
    let key = made.split_whitespace().find(|word| word.starts_with("ek_")).unwrap().to_owned();
    let mut wallet = RawWallet::open(place.client()).await;
    let before = left_behind(&place).await;
    let (tokens, _) = withdraw(&mut wallet, 20).await;
    let withdrawn = left_behind(&place).await;

    let mut shop = Shop { wallet: &mut wallet, key };
    shop.post("/api/v1/merchant/endpoints", &json!({ "url": place.webhook_url }), 0).await;
    let mut payments = Vec::new();
    for (number, token) in tokens.iter().enumerate() {
        payments.push(shop.sell(token, number).await);
    }
    wait_for("a webhook of each payment", async || place.events() >= payments.len()).await;
    let mut sold = left_behind(&place).await;
    sold.extend(shop.what_its_page_reads().await);
    let (mut refunded, mut blinded) = (Vec::new(), Vec::new());
    for (number, payment_id) in payments.iter().enumerate() {
        let (token, text) = shop.refund(payment_id, number).await;
        refunded.push(token);
        blinded.extend(text);
    }
    // A refund is created, and claimed.
    let all = 3 * payments.len();
    wait_for("a webhook of each refund", async || place.events() >= all).await;
    let mut claimed = left_behind(&place).await;
    claimed.extend(shop.what_its_page_reads().await);
    pay(&wallet, &refunded).await;
    let spent = left_behind(&place).await;

    let steps = [(&before, &withdrawn), (&withdrawn, &sold), (&sold, &claimed), (&claimed, &spent)];
    for (one, other) in [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)] {
        assert_unlinked(&place, &wallet, &steps[one], &steps[other]).await;
    }
    let secrets = secrets_of(&[tokens, refunded].concat());
    assert_no_secret(&spent, secrets.iter().chain(&blinded).chain([&wallet.token]));
}
