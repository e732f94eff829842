//! Following a fail-over: a server that became read-only is asked again on new connections.

use sqlx::Postgres;
use sqlx::pool::PoolOptions;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// PostgreSQL's `read_only_sql_transaction`: a standby, or a primary that was demoted or set read-only.
const READ_ONLY: &str = "25006";

/// When a server was last seen read-only. Connections opened before are not used again: the address may lead to
/// another server by now.
#[derive(Clone, Default)]
pub(super) struct Primary(Arc<Mutex<Option<Instant>>>);

impl Primary {
    /// A pool that drops the connections opened before the server was seen read-only.
    pub(super) fn follow(&self, options: PoolOptions<Postgres>) -> PoolOptions<Postgres> {
        let primary = self.clone();
        options.before_acquire(move |_, connection| {
            let age = connection.age;
            let stale = primary.seen_read_only().is_some_and(|at| at.elapsed() < age);
            Box::pin(async move { Ok(!stale) })
        })
    }

    /// Notes why a write failed.
    pub(super) fn note(&self, error: &sqlx::Error) {
        let sqlx::Error::Database(error) = error else { return };
        if error.code().as_deref() == Some(READ_ONLY) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    fn seen_read_only(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
