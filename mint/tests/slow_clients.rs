//! M7, O10, S6 at the mint itself, without nginx: slow, idle and excess clients exhaust neither connections
//! nor memory, and do not delay the shutdown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{MintProcess, wait_for};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

async fn send(mint: &MintProcess, bytes: &[u8]) -> TcpStream {
    let address = mint.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

async fn start(folder: &TempDir) -> MintProcess {
    let settings = [("DENOMINATIONS", "10")];
    MintProcess::start(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &settings).await
}

#[tokio::test]
async fn m7_an_incomplete_header_times_out() {
    let folder = TempDir::new().unwrap();
    let mint = start(&folder).await;
    let mut clients = Vec::new();
    // Nothing, the start of an HTTP/2 preface, half a header, and a complete request on an idle connection.
    for bytes in [
        "",
        "PRI * HT",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: 1",
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        clients.push(send(&mint, bytes.as_bytes()).await);
    }
    for mut client in clients {
        let mut answer = Vec::new();
        let ended = timeout(Duration::from_secs(30), client.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "the connection is still open after 30 s: {answer:?}");
    }
}

#[tokio::test]
async fn m7_an_incomplete_request_does_not_delay_shutdown() {
    let folder = TempDir::new().unwrap();
    let mut mint = start(&folder).await;
    let half = "POST /api/v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n{";
    let mut body = send(&mint, half.as_bytes()).await;
    let _header = send(&mint, b"GET /health HTTP/1.1\r\nHost: local").await;
    // The mint waits for the body, and has accepted both connections, because they come before this one.
    let mut answer = [0; 12];
    body.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    assert_eq!(mint.raw().get("/health/live", None).await.status, 204);
    let began = Instant::now();
    assert!(tokio::task::spawn_blocking(move || mint.stop()).await.unwrap(), "the mint must stop gracefully");
    assert!(began.elapsed() < Duration::from_secs(40), "it took {:?}", began.elapsed());
}

/// Sends a header and half of the body that it announces.
fn half_a_body(announced: usize) -> String {
    format!(
        "POST /api/v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {announced}\r\n\r\n{{"
    )
}

async fn answer_of(mut client: TcpStream) -> String {
    let mut answer = vec![0; 4096];
    let read = timeout(Duration::from_secs(20), client.read(&mut answer))
        .await
        .expect("a response in time")
        .unwrap();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[tokio::test]
async fn o10_slow_large_and_frequent_requests_get_distinct_errors() {
    let folder = TempDir::new().unwrap();
    let settings = [("DENOMINATIONS", "10"), ("RATE_LIMIT_PER_SECOND", "5")];
    let mint = MintProcess::start(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &settings).await;
    let slow = send(&mint, half_a_body(100).as_bytes()).await;
    let large = answer_of(send(&mint, half_a_body(2 << 20).as_bytes()).await).await;
    assert!(large.starts_with("HTTP/1.1 413") && large.contains("body_too_large"), "{large}");
    let mut codes = Vec::new();
    for _ in 0..40 {
        codes.push(mint.raw().get("/api/v1/keys", None).await.status);
    }
    assert!(codes.contains(&200) && codes.contains(&429), "{codes:?}");
    let slow = answer_of(slow).await;
    assert!(slow.starts_with("HTTP/1.1 408") && slow.contains("request_timeout"), "{slow}");
}

#[tokio::test]
async fn s6_idle_connections_leave_slots_for_others() {
    let folder = TempDir::new().unwrap();
    let settings = [("DENOMINATIONS", "10"), ("MAX_CONNECTIONS", "160"), ("TRUSTED_PROXIES", "127.0.0.2")];
    let mint = MintProcess::start(env!("CARGO_BIN_EXE_ecash-mint"), folder.path(), &settings).await;
    // The first health check may still hold one of this client's ten slots.
    let mut idle = Vec::new();
    for _ in 0..40 {
        idle.push(send(&mint, b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ").await);
    }
    let mut closed = HashSet::new();
    wait_for("the end of the connections beyond ten slots", async || {
        for (number, client) in idle.iter_mut().enumerate() {
            if let Ok(Ok(0) | Err(_)) = timeout(Duration::from_millis(20), client.read(&mut [0])).await {
                closed.insert(number);
            }
        }
        closed.len() >= 30
    })
    .await;
    assert!(closed.len() <= 31, "{} of 40 were closed; a client has ten slots", closed.len());
    // Another address is served, and a trusted proxy holds more.
    let from = |address: &str| {
        let client = reqwest::Client::builder().local_address(address.parse::<std::net::IpAddr>().ok());
        client.build().unwrap().get(format!("{}/health/live", mint.url)).send()
    };
    assert_eq!(from("127.0.0.3").await.unwrap().status(), 204);
    let mut of_proxy = Vec::new();
    for _ in 0..20 {
        of_proxy.push(from("127.0.0.2").await.unwrap());
    }
    drop(idle);
    let health = || reqwest::get(format!("{}/health/live", mint.url));
    wait_for("a slot for this client", async || health().await.is_ok_and(|health| health.status() == 204))
        .await;
}
