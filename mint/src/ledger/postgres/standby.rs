//! With a standby, what was read is told only once the standby has it.
//!
//! A commit waits for the synchronous standby before it is acknowledged. After a restart, though, a primary
//! shows commits that were still waiting, and no standby may hold them: an answer made of one would be
//! untrue after a fail-over. So whoever has read something that decides an answer first commits a message of no
//! content, whose own wait covers everything that was visible before it.

use super::{PostgresLedger, statements};
use crate::ledger::LedgerError;
use sqlx::{PgConnection, PgPool};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long the answer is held; then it is 503, and the client asks again.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long is believed what was seen of the server's settings.
const BELIEVED_FOR: Duration = Duration::from_secs(1);

/// Whether commits wait for a standby, as last seen.
#[derive(Default)]
pub(super) struct Standby(Mutex<Option<(bool, Instant)>>);

impl Standby {
    fn known(&self) -> Option<bool> {
        let seen = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.filter(|(_, at)| at.elapsed() < BELIEVED_FOR).map(|(there, _)| there)
    }

    async fn is_there(&self, pool: &PgPool) -> Result<bool, sqlx::Error> {
        if let Some(there) = self.known() {
            return Ok(there);
        }
        let there = sqlx::query_scalar(statements::WAITS_FOR_STANDBY).fetch_one(pool).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((there, Instant::now()));
        Ok(there)
    }
}

impl PostgresLedger {
    /// Returns when the standby has flushed everything that was visible before; at once where there
    /// is none.
    pub(super) async fn standby_has_it(&self) -> Result<(), LedgerError> {
        if !self.standby.is_there(&self.readers).await.map_err(LedgerError::Database)? {
            return Ok(());
        }
        let mut connection = self.readers.acquire().await.map_err(LedgerError::Database)?;
        if let Ok(waited) = timeout(PATIENCE, wait(&mut connection)).await {
            return waited.map_err(LedgerError::Database);
        }
        // Its transaction still waits; nobody else may use it.
        connection.close_on_drop();
        tracing::warn!("a standby is behind: what was read is not told yet");
        Err(LedgerError::Busy)
    }
}

async fn wait(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(statements::WAIT_FOR_STANDBY).execute(connection).await.map(drop)
}
