//! Measures the cost of open payments whose checkout pages wait for their end. Each page keeps an event
//! stream open.

use crate::cpu;
use crate::work;
use ecash_harness::{RawClient, RawWallet};
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
#[derive(Serialize, Deserialize)]
pub(crate) struct Listening {
    /// Describes the servers.
    pub(crate) name: String,
    pub(crate) streams: usize,
    /// The servers that the streams cost anything.
    pub(crate) servers: Vec<ServerCost>,
    /// Time from sending a payment to its event, with all streams open, in milliseconds.
    pub(crate) heard_p50_ms: f64,
    pub(crate) heard_p99_ms: f64,
}

/// What the streams cost one server.
#[derive(Serialize, Deserialize)]
pub(crate) struct ServerCost {
    pub(crate) name: String,
    /// Memory before the first stream and with all streams, in KiB.
    pub(crate) memory_kib: [u64; 2],
    /// CPU time per stream and minute, including keep-alives, in microseconds.
    pub(crate) cpu_us_per_stream_minute: f64,
}

/// Opens a stream for each of these payments at `url`, and pays some of them.
pub(crate) async fn measure(
    name: &str,
    url: &str,
    processes: &[(String, u32)],
    client: &RawClient,
    ids: &[Value],
) -> Listening {
    let address: SocketAddr = url.trim_start_matches("http://").parse().expect("an address");
    let memory = || processes.iter().map(|(_, pid)| cpu::memory_kib(*pid)).collect::<Vec<_>>();
    let used_s = || processes.iter().map(|(_, pid)| cpu::used_by(*pid).as_secs_f64()).collect::<Vec<_>>();
    let mut wallet = RawWallet::open(client.clone()).await;
    let tokens = work::tokens(&mut wallet, PAID).await;
    // 1. Open the streams, and measure the memory that they take.
    let before = memory();
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
    let with_all = memory();
    // 2. Measure the CPU time of idle streams.
    let used = used_s();
    sleep(QUIET).await;
    let used_after = used_s();

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
    let stream_minutes = streams.len() as f64 * QUIET.as_secs_f64() / 60.0;
    let cost = |(index, (name, _)): (usize, &(String, u32))| ServerCost {
        name: name.clone(),
        memory_kib: [before[index], with_all[index]],
        cpu_us_per_stream_minute: (used_after[index] - used[index]) * 1e6 / stream_minutes,
    };
    Listening {
        name: name.to_owned(),
        streams: streams.len(),
        servers: processes.iter().enumerate().map(cost).collect(),
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
    let mut stream = socket.connect(mint).await.expect("a connection; is the limit of open files too low?");
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
