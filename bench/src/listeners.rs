//! Measures the cost of open payments whose checkout pages wait for their end. Each page keeps an event
//! stream open.

use crate::cpu;
use crate::work;
use ecash_harness::{MintProcess, RawClient, RawWallet};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

/// Streams that are opened concurrently.
const AT_ONCE: usize = 100;
/// How long the streams are idle while their cost is measured.
const QUIET: Duration = Duration::from_secs(30);
/// Payments that are paid while all streams are open.
const PAID: usize = 100;
/// Timeout of an event.
const LIMIT: Duration = Duration::from_secs(30);

/// The cost and delay of event streams of open payments.
#[derive(Serialize, Deserialize, Default)]
pub(crate) struct Listening {
    pub(crate) streams: usize,
    /// Memory of the mint before the first stream and with all streams, in KiB.
    pub(crate) memory_kib: [u64; 2],
    /// CPU time of the mint per stream and minute, including keep-alives, in microseconds.
    pub(crate) cpu_us_per_stream_minute: f64,
    /// Time from sending a payment to its event, with all streams open, in milliseconds.
    pub(crate) heard_p50_ms: f64,
    pub(crate) heard_p99_ms: f64,
}

/// Opens a stream for each of these payments, and pays some of them.
pub(crate) async fn measure(mint: &MintProcess, client: &RawClient, ids: &[Value]) -> Listening {
    let address: SocketAddr = mint.url.trim_start_matches("http://").parse().expect("an address");
    let mut wallet = RawWallet::open(client.clone()).await;
    let tokens = work::tokens(&mut wallet, PAID).await;
    // 1. Open the streams, and measure the memory that they take.
    let before = memory_kib(mint.pid());
    let mut streams = Vec::with_capacity(ids.len());
    for (part, ids) in ids.chunks(AT_ONCE).enumerate() {
        let mut opening = tokio::task::JoinSet::new();
        for (index, id) in ids.iter().cloned().enumerate() {
            opening.spawn(async move { (index, open(address, part * AT_ONCE + index, &id).await) });
        }
        let mut opened = opening.join_all().await;
        opened.sort_by_key(|(index, _)| *index);
        streams.extend(opened.into_iter().map(|(_, stream)| stream));
    }
    let with_all = memory_kib(mint.pid());
    // 2. Measure the CPU time of idle streams.
    let used = cpu::used_by(mint.pid());
    sleep(QUIET).await;
    let idle = cpu::used_by(mint.pid()).saturating_sub(used);

    // 3. Pay some payments, and measure the delay until their event.
    let mut heard = Vec::with_capacity(PAID);
    for ((token, id), stream) in tokens.iter().zip(ids).zip(&mut streams) {
        let request = work::payment(token, id);
        let sent = Instant::now();
        let (response, ()) = tokio::join!(
            client.post(request.path, None, None, request.body.as_ref().expect("a body")),
            until(stream, "\"paid\"")
        );
        assert_eq!(response.status, 200, "{}", response.body);
        heard.push(sent.elapsed().as_secs_f64() * 1e3);
    }
    heard.sort_by(f64::total_cmp);
    let minutes = QUIET.as_secs_f64() / 60.0;
    Listening {
        streams: streams.len(),
        memory_kib: [before, with_all],
        cpu_us_per_stream_minute: idle.as_secs_f64() * 1e6 / streams.len() as f64 / minutes,
        heard_p50_ms: heard[heard.len() / 2],
        heard_p99_ms: heard[heard.len() * 99 / 100],
    }
}

/// Opens a stream and reads its first event. Uses a separate loopback address for each stream, because the
/// mint limits streams per address.
async fn open(mint: SocketAddr, number: usize, id: &Value) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    let own = Ipv4Addr::new(127, 1, (number / 250) as u8, (number % 250) as u8 + 1);
    socket.bind(SocketAddrV4::new(own, 0).into()).expect("an address of this machine");
    let mut stream =
        socket.connect(mint).await.expect("a connection to the mint; is the limit of open files too low?");
    let id = id.as_str().expect("an id");
    let request = format!("GET /api/v1/payments/{id}/events HTTP/1.1\r\nHost: mint\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    until(&mut stream, "\"open\"").await;
    stream
}

/// Reads until the stream has sent `text`.
async fn until(stream: &mut TcpStream, text: &str) {
    let mut seen = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&seen).contains(text) {
            let count = stream.read(&mut buffer).await.expect("the stream stays open");
            assert_ne!(count, 0, "the stream ended: {}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&buffer[..count]);
        }
    };
    timeout(LIMIT, reading).await.expect("an event in time");
}

fn memory_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
