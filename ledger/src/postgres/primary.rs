//! Handles failover: after a server became read-only, new connections replace all connections to it.

use sqlx::Postgres;
use sqlx::pool::PoolOptions;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// SQLSTATE `read_only_sql_transaction`: a standby, or a primary that was demoted or set read-only.
const READ_ONLY: &str = "25006";

/// The time at which a server was last seen read-only. Connections opened before that time are not reused,
/// because the address may now resolve to another server.
#[derive(Clone, Default)]
pub(super) struct Primary(Arc<Mutex<Option<Instant>>>);

impl Primary {
    /// Configures a pool to drop connections that were opened before the server was last seen read-only.
    pub(super) fn follow(&self, options: PoolOptions<Postgres>) -> PoolOptions<Postgres> {
        let primary = self.clone();
        options.before_acquire(move |_, connection| {
            let age = connection.age;
            let stale = primary.seen_read_only().is_some_and(|at| at.elapsed() < age);
            Box::pin(async move { Ok(!stale) })
        })
    }

    /// Records a failed write if the server was read-only.
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
