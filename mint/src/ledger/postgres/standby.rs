//! With a standby, what was read is told only once the standby has it.
//!
//! A commit waits for the synchronous standby before it is acknowledged. After a restart, though, a primary
//! shows commits that were still waiting, and no standby may hold them: an answer made of one would be
//! untrue after a fail-over. So whoever has read something that decides an answer waits for a message of no
//! content that is committed after the read; its own wait covers everything that was visible before it.
//!
//! One task sends these messages, over one connection of its own, one at a time. Whoever comes before a
//! message leaves is covered by it. A session that waits for a standby does not notice that its client has
//! gone; with a connection for each reader a lost standby would use up all that the server has.

use super::statements;
use crate::ledger::LedgerError;
use sqlx::PgPool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long an answer is held; then it is 503, and the client asks again.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long is believed what was seen of the server's settings.
const BELIEVED_FOR: Duration = Duration::from_secs(1);
/// After so long the connection itself is not believed any more: the server may be gone without a word.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
/// How many may wait.
const WAITING: usize = 4096;

type Waiter = oneshot::Sender<bool>;

/// The way to the task; it ends when this is dropped.
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
        seen.filter(|(_, at)| at.elapsed() < BELIEVED_FOR).map(|(there, _)| there)
    }

    fn set(&self, there: bool) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((there, Instant::now()));
    }
}

impl Standby {
    /// `pool` has one connection, for this alone.
    pub(super) fn start(pool: PgPool) -> Self {
        let (waiters, receiver) = mpsc::channel(WAITING);
        let seen = Arc::<Seen>::default();
        tokio::spawn(run(pool, receiver, seen.clone()));
        Self { waiters, seen }
    }

    /// Returns when the standby has flushed everything that was visible before; at once where there is
    /// none.
    pub(super) async fn has_it(&self) -> Result<(), LedgerError> {
        if self.seen.known() == Some(false) {
            return Ok(());
        }
        let (waiter, told) = oneshot::channel();
        self.waiters.try_send(waiter).map_err(|_| LedgerError::Busy)?;
        match timeout(PATIENCE, told).await {
            Ok(Ok(true)) => Ok(()),
            _ => Err(LedgerError::Busy),
        }
    }
}

async fn run(pool: PgPool, mut receiver: mpsc::Receiver<Waiter>, seen: Arc<Seen>) {
    while let Some(first) = receiver.recv().await {
        let mut waiters = vec![first];
        while let Ok(waiter) = receiver.try_recv() {
            waiters.push(waiter);
        }
        let has_it = wait(&pool, &seen).await;
        for waiter in waiters {
            // It may have lost patience.
            let _ = waiter.send(has_it);
        }
    }
}

async fn wait(pool: &PgPool, seen: &Seen) -> bool {
    let Ok(mut connection) = pool.acquire().await else { return false };
    let waited = timeout(GIVE_UP_AFTER, async {
        let there = sqlx::query_scalar(statements::WAITS_FOR_STANDBY).fetch_one(&mut *connection).await?;
        seen.set(there);
        if there {
            sqlx::query(statements::WAIT_FOR_STANDBY).execute(&mut *connection).await?;
        }
        Ok::<_, sqlx::Error>(())
    });
    match waited.await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "what was read is not told: the database did not answer");
            false
        }
        Err(_) => {
            connection.close_on_drop();
            tracing::error!("what was read is not told: the standby is behind");
            false
        }
    }
}
