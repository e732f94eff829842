//! The shipped nginx configuration in front of two mints on one database: S5 (limits cannot be evaded), S6
//! (abuse), S7 (operator routes are not public), S8 (headers), and a mint that is down.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{MintProcess, Nginx, NginxSettings, RawClient, RawWallet, TestDatabase};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

struct Front {
    nginx: Nginx,
    mints: Vec<MintProcess>,
    _wallet: TempDir,
    _folder: TempDir,
    _database: TestDatabase,
}

const CHECKOUT: &str = "checkout/ecash-checkout-1.0.0-0123456789abcdef.js";

/// Small stand-ins for the wallet's files, compressed as `cargo xtask web` does.
fn wallet_files(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let wasm = "ecash-web-wallet-123456789abcdef_bg.wasm";
    std::fs::create_dir(folder.join("checkout")).unwrap();
    std::fs::create_dir(folder.join("merchant")).unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html><title>wallet</title>"),
        (wasm, "\0asm"),
        ("start.js", "1"),
        ("merchant/index.html", "<!doctype html><title>merchants</title>"),
        (CHECKOUT, "1"),
    ] {
        std::fs::write(folder.join(name), content).unwrap();
        std::fs::write(folder.join(format!("{name}.br")), "brotli").unwrap();
    }
}

async fn front(rate: u32, withdraw_rate: u32) -> Front {
    front_for(rate, withdraw_rate, false).await
}

async fn front_for(rate: u32, withdraw_rate: u32, believes_clients: bool) -> Front {
    front_at(rate, withdraw_rate, believes_clients, "").await
}

async fn front_at(rate: u32, withdraw_rate: u32, believes_clients: bool, merchant_origin: &str) -> Front {
    let database = TestDatabase::create().await;
    let (folder, wallet) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    wallet_files(wallet.path());
    let url = database.url();
    let wallet_dir = wallet.path().display().to_string();
    let settings = [
        ("ECASH_WALLET_DIR", wallet_dir.as_str()),
        ("MERCHANT_ORIGIN", merchant_origin),
        ("DATABASE_URL", url.as_str()),
        ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off"),
        ("DENOMINATIONS", "10"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let mut mints = Vec::new();
    for _ in 0..2 {
        mints.push(MintProcess::start(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &settings).await);
    }
    let addresses: Vec<_> =
        mints.iter().map(|mint| mint.url.trim_start_matches("http://").to_owned()).collect();
    let settings = NginxSettings {
        mints: &addresses,
        wallet: wallet.path(),
        rate,
        withdraw_rate,
        burst: 20,
        withdraw_burst: 5,
        ports: None,
        merchant_origin,
        believes_clients,
    };
    let nginx = Nginx::start(settings).await;
    Front { nginx, mints, _wallet: wallet, _folder: folder, _database: database }
}

impl Front {
    fn https(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.nginx.https_port)
    }

    /// Returns headers and body, in lower case.
    fn get(&self, path: &str, more: &[&str]) -> String {
        let url = self.https(path);
        let (code, answer) = self.nginx.curl(&[&["--include", "--http2", &url], more].concat());
        assert_eq!(code, 0, "{path}: {answer}");
        answer.to_lowercase()
    }
}

#[tokio::test]
async fn s8_every_response_has_the_security_headers_once() {
    let front = front(100_000, 100_000).await;
    let big = "x".repeat(2 << 20);
    let folder = TempDir::new().unwrap();
    let body = folder.path().join("big.json");
    std::fs::write(&body, &big).unwrap();
    let data = format!("@{}", body.display());
    let too_large = ["--data-binary", data.as_str(), "--header", "content-type: application/json"];
    let cases: [(&str, &[&str], &str); 7] = [
        ("/", &[], "http/2 200"),
        ("/ecash-web-wallet-123456789abcdef_bg.wasm", &[], "http/2 200"),
        ("/health", &[], "http/2 200"),
        ("/api/v1/keys", &["--header", "origin: https://evil.example"], "http/2 200"),
        ("/nothing", &[], "http/2 404"),
        ("/api/v1/swap", &["--data", "{}"], "http/2 4"),
        ("/api/v1/redeem", &too_large, "http/2 413"),
    ];
    for (path, more, status) in cases {
        let answer = front.get(path, more);
        assert!(answer.contains(status), "{path}: {answer}");
        for header in [
            "strict-transport-security: max-age=31536000",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: ",
            "content-security-policy: ",
        ] {
            assert_eq!(answer.matches(header).count(), 1, "{path}: {header} in {answer}");
        }
        for directive in
            ["default-src 'none'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"]
        {
            assert!(answer.contains(directive), "{path}: {answer}");
        }
        assert!(!answer.contains("unsafe-inline") && !answer.contains("'unsafe-eval'"), "{answer}");
        assert!(
            !answer.contains("access-control-allow-origin"),
            "a foreign page must not read this: {answer}"
        );
        assert!(!answer.contains("set-cookie") && !answer.contains("nginx/"), "{answer}");
    }
}

#[tokio::test]
async fn the_pages_of_shops_load_the_element_and_read_payments() {
    let front = front(100_000, 100_000).await;
    let element = front.get(&format!("/{CHECKOUT}"), &[]);
    for header in
        ["immutable", "access-control-allow-origin: *", "cross-origin-resource-policy: cross-origin"]
    {
        assert_eq!(element.matches(header).count(), 1, "{header}: {element}");
    }
    let unknown = front.get("/api/v1/payments/pay_AAAAAAAAAAAAAAAAAAAAAA", &[]);
    assert!(unknown.contains("payment_unknown"), "{unknown}");
    assert_eq!(unknown.matches("access-control-allow-origin: *").count(), 1, "{unknown}");
    assert!(!unknown.contains("access-control-allow-credentials"), "{unknown}");
}

#[tokio::test]
async fn the_wallet_is_served_compressed_with_its_types_and_over_tls_1_3_only() {
    let front = front(100_000, 100_000).await;
    let wasm =
        front.get("/ecash-web-wallet-123456789abcdef_bg.wasm", &["--header", "accept-encoding: br, gzip"]);
    for header in
        ["content-type: application/wasm", "content-encoding: br", "immutable", "vary: accept-encoding"]
    {
        assert!(wasm.contains(header), "{header}: {wasm}");
    }
    let page = front.get("/", &[]);
    assert!(page.contains("cache-control: no-cache") && page.contains("content-type: text/html"), "{page}");
    assert!(front.get("/start.js", &[]).contains("cache-control: no-cache"));
    assert!(front.get("/api/v1/account", &[]).contains("cache-control: no-store"));
    let (code, _) = front.nginx.curl(&["--tls-max", "1.2", &front.https("/health")]);
    assert_eq!(code, 35, "TLS 1.2 must be rejected in the handshake");
}

#[tokio::test]
async fn s5_forged_forwarding_headers_are_ignored() {
    // Low rates, so that the time to start curl does not matter.
    let front = front(1, 1).await;
    let mut limited = 0;
    for number in 0..60 {
        let forged = format!("x-forwarded-for: 203.0.113.{number}");
        let answer =
            front.get("/api/v1/keys", &["--header", &forged, "--header", "forwarded: for=198.51.100.1"]);
        if answer.contains("http/2 429") {
            assert!(
                answer.contains("retry-after: 1") && answer.contains("\"code\":\"rate_limited\""),
                "{answer}"
            );
            limited += 1;
        }
    }
    assert!(limited >= 15, "{limited} of 60 were limited");
    // The server of a shop at the same address has a separate limit.
    let shop = front.get("/api/v1/merchant/payments", &[]);
    assert!(shop.contains("http/2 401"), "{shop}");
    // Another client is not limited.
    let url = format!("{}/api/v1/keys", front.nginx.url());
    let (_, other) = front.nginx.curl(&["--include", "--interface", "127.0.0.2", &url]);
    assert!(other.contains(" 200 "), "{other}");
    let mut withdrawals = 0;
    for _ in 0..30 {
        let url = format!("{}/api/v1/withdraw", front.nginx.url());
        let (_, answer) = front.nginx.curl(&["--include", "--interface", "127.0.0.3", "--data", "{}", &url]);
        withdrawals += usize::from(answer.contains(" 429 "));
    }
    assert!(withdrawals >= 4, "{withdrawals} of 30 withdrawals were limited");
}

#[tokio::test]
async fn s6_slow_and_idle_clients_are_cut_off_and_others_are_not_affected() {
    let front = front(100_000, 100_000).await;
    let mut slow: Vec<_> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", front.nginx.http_port)).unwrap();
            stream.write_all(b"POST /api/v1/redeem HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(12))).unwrap();
            stream
        })
        .collect();
    let client = RawClient::remote(&front.nginx.url());
    let began = Instant::now();
    for _ in 0..50 {
        assert_eq!(client.get("/api/v1/keys", None).await.status, 200);
    }
    assert!(began.elapsed() < Duration::from_secs(5), "healthy clients waited {:?}", began.elapsed());
    for stream in &mut slow {
        let mut rest = Vec::new();
        // Either EOF or a reset closes the connection; a timeout would be another kind of error.
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
    }
}

#[tokio::test]
async fn s7_operator_routes_are_not_public() {
    let front = front(100_000, 100_000).await;
    for path in
        ["/metrics", "/admin", "/debug", "/nginx_status", "/.env", "/../../etc/passwd", "/api/v1/audit"]
    {
        let answer = front.get(path, &["--path-as-is"]);
        assert!(answer.contains("http/2 404") || answer.contains("http/2 400"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_dead_mint_is_skipped_and_without_mints_clients_get_retry_after() {
    let mut front = front(100_000, 100_000).await;
    let mut wallet = RawWallet::open(RawClient::remote(&front.nginx.url())).await;
    let tokens = wallet.withdraw(10, 3).await;
    front.mints[0].kill();
    for token in &tokens {
        let body =
            json!({ "tokens": wallet.wire(std::slice::from_ref(token)), "merchant_id": "merchant_demo" });
        assert_eq!(wallet.client.post("/api/v1/redeem", None, None, &body).await.status, 200);
    }
    front.mints[1].kill();
    let answer = wallet.client.get("/api/v1/keys", None).await;
    assert_eq!((answer.status, answer.code(), answer.retry_after_s), (503, "unavailable", Some(2)));
    // The access log contains neither client addresses nor account data.
    let log = front.nginx.access_log();
    assert!(log.contains("/api/v1/redeem"));
    for secret in ["127.0.0.1", &wallet.token, &wallet.account_id] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// A client with a /64 has 2^64 addresses; an IPv4 address on an IPv6 socket is one client.
#[tokio::test]
async fn m8_nginx_limits_networks_of_ipv6() {
    let front = front_for(2, 2, true).await;
    let limited = |address: fn(usize) -> String| {
        let mut limited = 0;
        for number in 1..=60 {
            let client = format!("x-test-client: {}", address(number));
            let answer = front.get("/api/v1/keys", &["--header", &client]);
            limited += usize::from(answer.contains("http/2 429"));
        }
        limited
    };
    assert!(limited(|number| format!("2001:db8:1:1:{number:x}::1")) >= 20, "one /64");
    assert!(limited(|_| "::ffff:192.0.2.1".to_owned()) >= 20, "one IPv4 address");
    // The mints' own limit of the whole /48 is eight times as high.
    assert!(limited(|number| format!("2001:db8:{number:x}::1")) < 20, "many sites");
    assert_eq!(limited(|number| format!("192.0.2.{number}")), 0);
}

/// A hung mint keeps the requests that it has, and the other mint serves all other clients.
#[tokio::test(flavor = "multi_thread")]
async fn r29_one_hung_mint_of_two_does_not_stall_the_others() {
    const CLIENTS: usize = 20;
    let front = front(100_000, 100_000).await;
    let mut wallet = RawWallet::open(RawClient::remote(&front.nginx.url())).await;
    let tokens = wallet.withdraw(10, 100).await;
    let wire = wallet.wire(&tokens);
    front.mints[0].pause(true);
    let until = Instant::now() + Duration::from_secs(6);
    let clients = (0..CLIENTS).map(|client| {
        let (raw, tokens) =
            (RawClient::remote(&front.nginx.url()), wire[client * 5..client * 5 + 5].to_vec());
        tokio::spawn(async move {
            let mut latencies = Vec::new();
            for (number, token) in tokens.iter().cycle().enumerate() {
                if Instant::now() > until {
                    break;
                }
                let began = Instant::now();
                // The first five requests spend, each with its own key; later ones verify.
                if number < 5 {
                    let body = json!({ "tokens": [token], "merchant_id": "merchant_demo" });
                    let key = format!("r29-redeem-{client:05}-{number:05}");
                    raw.post("/api/v1/redeem", None, Some(&key), &body).await;
                } else {
                    raw.post("/api/v1/verify", None, None, &json!({ "token": token })).await;
                }
                latencies.push(began.elapsed());
            }
            latencies
        })
    });
    let mut latencies = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        latencies.extend(client.await.unwrap());
    }
    front.mints[0].pause(false);
    latencies.sort();
    let p99 = latencies[latencies.len() * 99 / 100];
    // Each client meets the hung mint at most once in that time.
    let stalled = latencies.iter().filter(|latency| **latency > Duration::from_secs(3)).count();
    assert!(latencies.len() > 1000, "{} responses were received", latencies.len());
    assert!(p99 < Duration::from_secs(3) && stalled <= CLIENTS, "p99 {p99:?}, {stalled} stalled");
    // Each request is executed once: a repeat with the same key returns its outcome.
    let raw = RawClient::remote(&front.nginx.url());
    for (index, token) in wire.iter().enumerate() {
        let body = json!({ "tokens": [token], "merchant_id": "merchant_demo" });
        let key = format!("r29-redeem-{:05}-{:05}", index / 5, index % 5);
        let answer = raw.post("/api/v1/redeem", None, Some(&key), &body).await;
        assert_eq!(answer.status, 200, "{index}: {}", answer.body);
    }
}

/// A script in the wallet's page cannot read what merchants type into the merchant page if the two have
/// different origins.
#[tokio::test]
async fn the_merchant_page_is_served_on_its_own_origin_only() {
    let front = front_at(1000, 1000, false, "https://shops.example").await;
    let mint = front.mints[0].url.clone();
    let nginx = front.nginx.url();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for server in [&mint, &nginx] {
        for (host, path, status, location) in [
            ("127.0.0.1", "/", 200, None),
            ("127.0.0.1", "/start.js", 200, None),
            ("127.0.0.1", "/merchant", 308, Some("https://shops.example/merchant/")),
            ("127.0.0.1", "/merchant/", 308, Some("https://shops.example/merchant/")),
            ("127.0.0.1", "/merchant/index.html", 308, Some("https://shops.example/merchant/")),
            ("127.0.0.1", "/merchant/%0dSet-Cookie:%20a=b", 308, Some("https://shops.example/merchant/")),
            ("shops.example", "/", 308, Some("https://shops.example/merchant/")),
            ("shops.example:443", "/merchant/index.html", 200, None),
            ("shops.example", "/index.html", 404, None),
            ("shops.example", "/start.js", 404, None),
            ("shops.example", &format!("/{CHECKOUT}"), 200, None),
            ("shops.example", "/api/v1/keys", 200, None),
            ("shops.example", "/health", 200, None),
        ] {
            let asked = client.get(format!("{server}{path}")).header("host", host).send().await.unwrap();
            let seen = asked.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(
                (asked.status().as_u16(), seen.as_deref()),
                (status, location),
                "{server} {host}{path}"
            );
        }
    }
}
