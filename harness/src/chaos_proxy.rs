//! A TCP proxy in front of PostgreSQL that cuts connections around COMMIT.
//!
//! It reads what clients send as far as to tell a `COMMIT` from the rest; the sessions are not
//! encrypted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// What sqlx sends: a simple query, its length, and the text.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// What happens to the next COMMITs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCommit {
    /// They pass.
    Pass,
    /// The COMMIT reaches the server, its answer does not reach the client: the connection is cut.
    LoseAnswer,
    /// The COMMIT does not reach the server: the connection is cut.
    LoseRequest,
    /// The COMMIT is held back until [`ChaosProxy::release`]; the client sees its connection cut at
    /// once. So an attempt may still be under way when the next one starts.
    Delay,
}

/// The proxy; stops when dropped.
pub struct ChaosProxy {
    /// Where clients connect.
    pub address: SocketAddr,
    state: Arc<State>,
    accepting: tokio::task::JoinHandle<()>,
}

struct State {
    server: watch::Sender<String>,
    on_commit: watch::Sender<OnCommit>,
    /// How many COMMITs may still be hit; the others pass.
    hits_left: AtomicU64,
    hits: AtomicU64,
    released: Notify,
    refusing: watch::Sender<bool>,
    frozen: watch::Sender<bool>,
}

impl ChaosProxy {
    /// A proxy to `server`, host and port.
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
                        // Dropping a connection's sockets cuts it.
                        _ = refusing.wait_for(|refusing| *refusing) => {}
                        () = carry(client, state.clone()) => {}
                    }
                });
            }
        });
        Self { address, state, accepting }
    }

    /// Does this to the next `count` COMMITs; later ones pass.
    pub fn on_commit(&self, what: OnCommit, count: u64) {
        self.state.hits_left.store(count, Ordering::SeqCst);
        self.state.on_commit.send_replace(what);
    }

    /// New connections go to this server: after a fail-over.
    pub fn lead_to(&self, server: &str) {
        self.state.server.send_replace(server.to_owned());
    }

    /// Cuts every connection and takes no more, or takes them again: a database that is gone.
    pub fn refuse(&self, refuse: bool) {
        self.state.refusing.send_replace(refuse);
    }

    /// Carries nothing any more and cuts nothing, until told to go on: a database that is frozen, or
    /// gone without a word.
    pub fn freeze(&self, freeze: bool) {
        self.state.frozen.send_replace(freeze);
    }

    /// How many COMMITs were hit so far.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.state.hits.load(Ordering::SeqCst)
    }

    /// Lets the held COMMITs go.
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
        // The sender lives in this very state.
        let _ = self.frozen.subscribe().wait_for(|frozen| !frozen).await;
    }

    /// What to do with a COMMIT that has just been seen.
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
    let answers = AbortOnDrop(tokio::spawn(copy(server_read, client_write, state.clone())));
    // Dropping both halves that face the client cuts it off.
    match watch_requests(client_read, server_write, &state).await {
        // The server's last words.
        Cut::Ended => answers.finish().await,
        Cut::Now => drop(answers),
        Cut::Delayed(mut server_write) => {
            drop(answers);
            state.released.notified().await;
            // The session goes on without a client: the server commits, then sees the end.
            let _ = server_write.write_all(COMMIT).await;
            let _ = server_write.shutdown().await;
        }
    }
}

/// A task that ends with whoever started it.
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
        // A COMMIT comes in a packet of its own: sqlx waits for all answers before.
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
            // Long enough for the server to have read it; what it answers goes nowhere.
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
