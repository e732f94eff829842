//! Withholds reads until the synchronous standby holds the rows that were read.
//!
//! A commit waits for the synchronous standby before it is acknowledged. After a restart, however, a primary
//! also shows commits that were still waiting. If no standby holds them, a failover loses them, and a
//! response that depended on them was wrong. A request that has read such rows therefore commits an empty
//! logical message after the read and waits until the commit is acknowledged. The acknowledgement covers
//! everything that was visible before that commit.
//!
//! One task sends these messages, one at a time, over one connection. A message covers every request that
//! waited before it was sent. The requests share the connection because a session that waits for a standby
//! does not detect that its client has disconnected: with a connection per request, a lost standby would
//! exhaust the server's connections.

use super::statements;
use crate::LedgerError;
use sqlx::PgPool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long a request waits for the standby. After that it fails with 503, and the client retries.
const STANDBY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long `synchronous_standby_names` is cached.
const SETTING_CACHED_FOR: Duration = Duration::from_secs(1);
/// How long one message may take before its connection is closed, because the server may be unreachable.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
/// Maximum number of queued requests; more fail at once.
const MAX_WAITING: usize = 4096;

/// Receives whether the standby holds what the request has read.
type Waiter = oneshot::Sender<bool>;

/// A handle to the task, which ends after this is dropped.
pub(super) struct Standby {
    waiters: mpsc::Sender<Waiter>,
    seen: Arc<Seen>,
}

/// Cached value of whether commits wait for a standby, and when it was read.
#[derive(Default)]
struct Seen(Mutex<Option<(bool, Instant)>>);

impl Seen {
    fn known(&self) -> Option<bool> {
        let seen = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.filter(|(_, at)| at.elapsed() < SETTING_CACHED_FOR).map(|(there, _)| there)
    }

    fn set(&self, there: bool) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((there, Instant::now()));
    }
}

impl Standby {
    /// Starts the task. `pool` must have a single connection that is used for nothing else.
    pub(super) fn start(pool: PgPool) -> Self {
        let (waiters, receiver) = mpsc::channel(MAX_WAITING);
        let seen = Arc::<Seen>::default();
        tokio::spawn(run(pool, receiver, seen.clone()));
        Self { waiters, seen }
    }

    /// Waits until the standby has flushed everything that was visible before the call. Returns at once if
    /// commits do not wait for a standby.
    pub(super) async fn wait(&self) -> Result<(), LedgerError> {
        if self.seen.known() == Some(false) {
            return Ok(());
        }
        let (waiter, replicated) = oneshot::channel();
        self.waiters
            .try_send(waiter)
            .map_err(|_| LedgerError::TimedOut("too many requests wait for the standby"))?;
        match timeout(STANDBY_TIMEOUT, replicated).await {
            Ok(Ok(true)) => Ok(()),
            _ => Err(LedgerError::TimedOut("waiting for the standby")),
        }
    }
}

async fn run(pool: PgPool, mut receiver: mpsc::Receiver<Waiter>, seen: Arc<Seen>) {
    while let Some(first) = receiver.recv().await {
        // Every waiter collected here finished its read before the message below is sent, so the message
        // covers it. Requests that arrive later wait for the next message.
        let mut waiters = vec![first];
        while let Ok(waiter) = receiver.try_recv() {
            waiters.push(waiter);
        }
        let replicated = wait(&pool, &seen).await;
        for waiter in waiters {
            // Fails if the request has timed out.
            let _ = waiter.send(replicated);
        }
    }
}

/// Sends one message and waits for the standby. Returns whether the standby holds everything that was visible
/// before, or commits do not wait for a standby.
async fn wait(pool: &PgPool, seen: &Seen) -> bool {
    let Ok(mut connection) = pool.acquire().await else { return false };
    let waited = timeout(GIVE_UP_AFTER, async {
        let there = sqlx::query_scalar(statements::WAITS_FOR_STANDBY.sql).fetch_one(&mut *connection).await?;
        seen.set(there);
        if there {
            sqlx::query(statements::WAIT_FOR_STANDBY.sql).execute(&mut *connection).await?;
        }
        Ok::<_, sqlx::Error>(())
    });
    match waited.await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "withholding responses: the database failed while waiting for the standby");
            false
        }
        Err(_) => {
            connection.close_on_drop();
            tracing::error!("withholding responses: the synchronous standby is lagging");
            false
        }
    }
}
