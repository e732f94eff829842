//! A TCP proxy in front of PostgreSQL that cuts connections around COMMIT.
//!
//! The sessions are not encrypted, so the proxy can recognize a `COMMIT` among the clients' messages.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// A COMMIT as sqlx sends it: the tag of a simple query, its length, and the text.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// How the proxy treats a COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCommit {
    /// Forwards the COMMIT and its response.
    Pass,
    /// Forwards the COMMIT, then cuts the connection before the response reaches the client.
    LoseAnswer,
    /// Cuts the connection instead of forwarding the COMMIT.
    LoseRequest,
    /// Cuts the client's connection immediately, but forwards the COMMIT only on [`ChaosProxy::release`]. The
    /// first attempt may therefore still be in progress when the client retries.
    Delay,
}

/// A running proxy. It stops when dropped.
pub struct ChaosProxy {
    /// The address that clients connect to.
    pub address: SocketAddr,
    state: Arc<State>,
    accepting: tokio::task::JoinHandle<()>,
}

struct State {
    server: watch::Sender<String>,
    on_commit: watch::Sender<OnCommit>,
    /// The number of COMMITs that `on_commit` still applies to; later ones pass.
    hits_left: AtomicU64,
    hits: AtomicU64,
    released: Notify,
    refusing: watch::Sender<bool>,
    frozen: watch::Sender<bool>,
}

impl ChaosProxy {
    /// Starts a proxy to `server`, given as host and port.
    pub async fn start(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            server: watch::channel(server.to_owned()).0,
            on_commit: watch::channel(OnCommit::Pass).0,
            hits_left: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            released: Notify::new(),
            refusing: watch::channel(false).0,
            frozen: watch::channel(false).0,
        });
        let shared = state.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = shared.clone();
                tokio::spawn(async move {
                    let mut refusing = state.refusing.subscribe();
                    tokio::select! {
                        // The select drops the sockets of `carry`, which cuts the connection.
                        _ = refusing.wait_for(|refusing| *refusing) => {}
                        () = carry(client, state.clone()) => {}
                    }
                });
            }
        });
        Self { address, state, accepting }
    }

    /// Applies `what` to the next `count` COMMITs. Later ones pass.
    pub fn on_commit(&self, what: OnCommit, count: u64) {
        self.state.hits_left.store(count, Ordering::SeqCst);
        self.state.on_commit.send_replace(what);
    }

    /// Connects new clients to this server, like DNS after a failover.
    pub fn set_upstream(&self, server: &str) {
        self.state.server.send_replace(server.to_owned());
    }

    /// Cuts all connections and rejects new ones, like a database that is down, or accepts connections again.
    pub fn refuse(&self, refuse: bool) {
        self.state.refusing.send_replace(refuse);
    }

    /// Stops forwarding without closing any connection, like a frozen or unreachable database, or resumes.
    pub fn freeze(&self, freeze: bool) {
        self.state.frozen.send_replace(freeze);
    }

    /// Returns the number of COMMITs that were not passed so far.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.state.hits.load(Ordering::SeqCst)
    }

    /// Forwards the COMMITs that [`OnCommit::Delay`] holds.
    pub fn release(&self) {
        self.state.released.notify_waiters();
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl State {
    async fn thawed(&self) {
        // This cannot fail, because `self` owns the sender.
        let _ = self.frozen.subscribe().wait_for(|frozen| !frozen).await;
    }

    /// Decides what to do with a COMMIT that was just read.
    fn decide(&self) -> OnCommit {
        let what = *self.on_commit.borrow();
        let take = |left: u64| left.checked_sub(1);
        let hit = what != OnCommit::Pass
            && self.hits_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
        if hit {
            self.hits.fetch_add(1, Ordering::SeqCst);
            what
        } else {
            OnCommit::Pass
        }
    }
}

async fn carry(client: TcpStream, state: Arc<State>) {
    let address = state.server.borrow().clone();
    let Ok(server) = TcpStream::connect(address).await else { return };
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    let responses = AbortOnDrop(tokio::spawn(copy(server_read, client_write, state.clone())));
    // The client's connection is cut once both halves of its socket are dropped.
    match watch_requests(client_read, server_write, &state).await {
        // Forward the rest of the server's output.
        Cut::Ended => responses.finish().await,
        Cut::Now => drop(responses),
        Cut::Delayed(mut server_write) => {
            drop(responses);
            state.released.notified().await;
            // The session outlives its client: the server commits and then reads the end of the stream.
            let _ = server_write.write_all(COMMIT).await;
            let _ = server_write.shutdown().await;
        }
    }
}

/// A task that is aborted when its handle is dropped.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl AbortOnDrop {
    async fn finish(mut self) {
        let _ = (&mut self.0).await;
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

enum Cut {
    Ended,
    Now,
    Delayed(OwnedWriteHalf),
}

async fn watch_requests(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, state: &State) -> Cut {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(read) = client.read(&mut buffer).await else { return Cut::Ended };
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { return Cut::Ended };
        state.thawed().await;
        // A COMMIT is always the last message of a read, because sqlx waits for all earlier responses before
        // sending it.
        let what = if bytes.ends_with(COMMIT) { state.decide() } else { OnCommit::Pass };
        match what {
            OnCommit::LoseRequest => return Cut::Now,
            OnCommit::Delay => return Cut::Delayed(server),
            OnCommit::Pass | OnCommit::LoseAnswer => {}
        }
        if server.write_all(bytes).await.is_err() {
            return Cut::Ended;
        }
        if what == OnCommit::LoseAnswer {
            // Shut down the write half properly, so that the server reads the COMMIT. Its response is
            // discarded.
            let _ = server.shutdown().await;
            return Cut::Now;
        }
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: Arc<State>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(read) = from.read(&mut buffer).await else { return };
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { return };
        state.thawed().await;
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}
