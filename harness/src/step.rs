//! Pauses batches of the ledger at a chosen insert, so that a test can act at that point.

use crate::TestDatabase;
use sqlx::{Executor as _, PgConnection};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Waits for a condition. Fails the test if it does not hold within 60 s, a limit that suits busy machines.
pub async fn wait_for(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < deadline, "timed out waiting for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Pauses every batch before it inserts into a table: a trigger on the table waits for an advisory lock.
pub struct Step {
    holder: PgConnection,
    database: Arc<TestDatabase>,
}

impl Step {
    const KEY: i64 = 77;

    /// Makes every insert into `table` wait for [`Self::let_go`].
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

    /// Waits until `count` sessions have reached the pause.
    pub async fn reached_by(&self, count: i64) {
        wait_for("a batch at the step", async || self.database.waiting("advisory").await == count).await;
    }

    /// Resumes the paused batches. Later inserts no longer wait.
    pub async fn let_go(mut self) {
        let unlock = format!("SELECT pg_advisory_unlock({})", Self::KEY);
        self.holder.execute(unlock.as_str()).await.expect("the lock is freed");
    }
}
