//! The SQLite ledger passes the conformance tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::{Currency, Timestamp};
use ecash_ledger::Ed25519Key;
use ecash_ledger::conformance::{Book, check, identity};
use ecash_ledger::sqlite::SqliteLedger;
use ecash_ledger::{IfMissing, Ledger, LedgerIdentity, OpenError};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn the_sqlite_ledger_conforms() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    check(async || Ledger::new(SqliteLedger::open(&path, &identity(), IfMissing::Create).await.unwrap()))
        .await;
}

#[tokio::test]
async fn another_currency_and_a_newer_schema_are_rejected() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    SqliteLedger::open(&path, &identity(), IfMissing::Create).await.unwrap().close().await;
    let other = LedgerIdentity { currency: Currency::new("EUR", 2).unwrap(), ..identity() };
    let refused = SqliteLedger::open(&path, &other, IfMissing::Create).await.err().unwrap();
    assert!(matches!(refused, OpenError::Identity { .. }), "{refused}");

    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'later', 1, x'00', 0)";
    sqlx::query(newer).execute(&pool).await.unwrap();
    pool.close().await;
    let refused = SqliteLedger::open(&path, &identity(), IfMissing::Create).await.err().unwrap();
    assert!(matches!(refused, OpenError::Schema(_)), "{refused}");
}

#[tokio::test]
async fn the_audit_log_is_added_to_and_sealed_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Ledger::new(SqliteLedger::open(&path, &identity(), IfMissing::Create).await.unwrap());
    let book = Book::new(ledger.clone(), ledger.clone()).await;
    book.account(10).await;
    ledger.audit_log.seal(&Ed25519Key::generate().unwrap(), Timestamp::from_unix_seconds(0)).await.unwrap();
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    for forbidden in [
        "UPDATE audit_log SET seal_no = 2",
        "UPDATE audit_log SET digest = NULL",
        "DELETE FROM audit_log",
        "UPDATE seals SET row_count = 2",
        "DELETE FROM seals",
    ] {
        let refused = sqlx::query(forbidden).execute(&pool).await;
        assert!(refused.is_err(), "{forbidden}");
    }
}
