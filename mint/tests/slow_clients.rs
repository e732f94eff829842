//! M7: clients that send an incomplete request hold neither a connection nor the shutdown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::MintProcess;
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
async fn m7_half_a_header_is_cut_off() {
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
async fn m7_half_a_request_does_not_keep_the_process() {
    let folder = TempDir::new().unwrap();
    let mut mint = start(&folder).await;
    let half = "POST /api/v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let _body = send(&mint, half.as_bytes()).await;
    let _header = send(&mint, b"GET /health HTTP/1.1\r\nHost: local").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let began = Instant::now();
    assert!(tokio::task::spawn_blocking(move || mint.stop()).await.unwrap(), "it ends well");
    assert!(began.elapsed() < Duration::from_secs(40), "it took {:?}", began.elapsed());
}
