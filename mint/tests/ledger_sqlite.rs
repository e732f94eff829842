//! The SQLite ledger does what every ledger must.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::Currency;
use ecash_harness::ledger_conformance::{check, identity};
use ecash_mint::ledger::sqlite::SqliteLedger;
use ecash_mint::ledger::{Ledger, LedgerIdentity, OpenError};
use std::sync::Arc;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn the_sqlite_ledger_conforms() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    check(async || Arc::new(SqliteLedger::open(&path, &identity()).await.unwrap()) as Arc<dyn Ledger>).await;
}

#[tokio::test]
async fn another_currency_and_a_newer_schema_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    SqliteLedger::open(&path, &identity()).await.unwrap().close().await;
    let other = LedgerIdentity { currency: Currency::new("EUR", 2).unwrap(), ..identity() };
    let refused = SqliteLedger::open(&path, &other).await.err().unwrap();
    assert!(matches!(refused, OpenError::Identity { .. }), "{refused}");

    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'later', 1, x'00', 0)";
    sqlx::query(newer).execute(&pool).await.unwrap();
    pool.close().await;
    let refused = SqliteLedger::open(&path, &identity()).await.err().unwrap();
    assert!(matches!(refused, OpenError::Schema(_)), "{refused}");
}
