//! The SQLite store passes the conformance suite of stores, and invariant R22 holds on it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_client::SqliteStore;
use ecash_harness::Engine;
use ecash_harness::simulation::{WALLET_THAT_CRASHES, run, seeds};
use ecash_wallet::store::{Change, FORMAT_VERSION, Record, Table, Transition, Write, conformance};
use ecash_wallet::{Store, StoreError};
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

fn change() -> Change {
    let record = Record { table: Table::Tokens, key: "k".to_owned(), value: "v".to_owned() };
    Change { transition: Transition::Begin, writes: vec![Write::Put(record)] }
}

#[tokio::test]
async fn the_sqlite_store_conforms() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("wallet.db");
    conformance::check(async || SqliteStore::new(&path).unwrap()).await;
}

#[tokio::test]
async fn the_file_is_locked_while_a_store_is_open() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("wallet.db");
    let first = SqliteStore::new(&path).unwrap();
    first.apply(&change()).await.unwrap();
    assert!(matches!(SqliteStore::new(&path), Err(StoreError::Locked)));
    // The lock also applies to links to the file.
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(SqliteStore::new(&link), Err(StoreError::Locked)));
    drop(first);
    assert_eq!(SqliteStore::new(&path).unwrap().load().await.unwrap().len(), 1);
}

#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("wallet.db");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    SqliteStore::new(&path).unwrap().apply(&change()).await.unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_file_of_a_later_version_is_rejected_unchanged() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("wallet.db");
    SqliteStore::new(&path).unwrap().apply(&change()).await.unwrap();
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let later = format!("PRAGMA user_version = {}", FORMAT_VERSION + 1);
    sqlx::query(&later).execute(&pool).await.unwrap();
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&pool).await.unwrap();
    pool.close().await;
    let before = std::fs::read(&path).unwrap();
    let store = SqliteStore::new(&path).unwrap();
    assert_eq!(store.load().await, Err(StoreError::Newer));
    assert_eq!(store.apply(&change()).await, Err(StoreError::Newer));
    drop(store);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn files_of_other_programs_are_rejected() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("wallet.db");
    std::fs::write(&path, "a letter to a friend").unwrap();
    assert!(matches!(SqliteStore::new(&path).unwrap().load().await, Err(StoreError::Failed(_))));
    assert_eq!(std::fs::read(&path).unwrap(), b"a letter to a friend");
    let other = folder.path().join("other.db");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}?mode=rwc", other.display())).await.unwrap();
    sqlx::query("CREATE TABLE cookies (a)").execute(&pool).await.unwrap();
    pool.close().await;
    assert!(matches!(SqliteStore::new(&other).unwrap().load().await, Err(StoreError::Failed(_))));
    let nowhere = folder.path().join("missing/wallet.db");
    assert!(matches!(SqliteStore::new(nowhere), Err(StoreError::Failed(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn r22_wallet_and_in_flight_equal_issued_in_files() {
    let folder = TempDir::new().unwrap();
    let open = |name: &str| SqliteStore::new(folder.path().join(format!("{name}.db"))).unwrap();
    run(Engine::Sqlite, WALLET_THAT_CRASHES, seeds("ECASH_SEEDS", 60), open).await;
}
