//! Withholds what was read until the synchronous standby holds it too.
//!
//! A commit waits for the synchronous standby before it is acknowledged. After a restart, though, a primary shows
//! commits that were still waiting, which no standby may hold: a response made of one would be untrue after a failover.
//! So a request that has read what decides its response waits for an empty logical message that is committed after the
//! read; that commit's own wait covers everything that was visible before it.
//!
//! One task sends these messages, one at a time, over one connection. A message covers every request that waited before
//! it was sent. A session that waits for a standby does not notice that its client is gone; with a connection for each
//! request a lost standby would use up all connections of the server.

use super::statements;
use crate::LedgerError;
use sqlx::PgPool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long a response is withheld; then it is 503, and the client retries.
const STANDBY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the server's setting is cached.
const SETTING_CACHED_FOR: Duration = Duration::from_secs(1);
/// After this the connection is dropped too: the server may be gone without closing it.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
/// How many requests may wait.
const MAX_WAITING: usize = 4096;

type Waiter = oneshot::Sender<bool>;

/// A handle to the task, which ends when this is dropped.
pub(super) struct Standby {
    waiters: mpsc::Sender<Waiter>,
    seen: Arc<Seen>,
}

/// Whether commits wait for a standby, as last seen.
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
    /// `pool` has one connection, for this alone.
    pub(super) fn start(pool: PgPool) -> Self {
        let (waiters, receiver) = mpsc::channel(MAX_WAITING);
        let seen = Arc::<Seen>::default();
        tokio::spawn(run(pool, receiver, seen.clone()));
        Self { waiters, seen }
    }

    /// Waits until the standby has flushed everything that was visible before; returns at once without a standby.
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
        let mut waiters = vec![first];
        while let Ok(waiter) = receiver.try_recv() {
            waiters.push(waiter);
        }
        let replicated = wait(&pool, &seen).await;
        for waiter in waiters {
            // It may have timed out.
            let _ = waiter.send(replicated);
        }
    }
}

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
            tracing::warn!(%error, "withholding responses: the database did not answer");
            false
        }
        Err(_) => {
            connection.close_on_drop();
            tracing::error!("withholding responses: the synchronous standby is lagging");
            false
        }
    }
}
