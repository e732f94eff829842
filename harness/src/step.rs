//! Standing still inside a batch, so that a test can do something at that very moment.

use crate::TestDatabase;
use sqlx::{Executor as _, PgConnection};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Waits for a condition; fails the test if it does not come in 60 s, which a busy machine may need.
pub async fn wait_for(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < deadline, "{what} did not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Holds every batch before it inserts into a table: a trigger there waits for an advisory lock.
pub struct Step {
    holder: PgConnection,
    database: Arc<TestDatabase>,
}

impl Step {
    const KEY: i64 = 77;

    /// Every insert into `table` waits from now on, until it is let go.
    pub async fn before_insert_into(database: &Arc<TestDatabase>, table: &str) -> Self {
        let mut holder = database.connect().await;
        let trigger = format!(
            "CREATE FUNCTION step() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN PERFORM pg_advisory_xact_lock_shared({}); RETURN NULL; END $$;
             CREATE TRIGGER step BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION step()",
            Self::KEY
        );
        holder.execute(trigger.as_str()).await.expect("a trigger");
        holder.execute(format!("SELECT pg_advisory_lock({})", Self::KEY).as_str()).await.expect("a lock");
        Self { holder, database: database.clone() }
    }

    /// Waits until this many sessions wait for an advisory lock.
    pub async fn reached_by(&self, count: i64) {
        wait_for("a batch at the step", async || self.database.waiting("advisory").await == count).await;
    }

    /// The batches go on, and nobody is held any more.
    pub async fn let_go(mut self) {
        let unlock = format!("SELECT pg_advisory_unlock({})", Self::KEY);
        self.holder.execute(unlock.as_str()).await.expect("the lock is freed");
    }
}
