//! R18: a rolling upgrade. An old binary meets a ledger that a newer one has migrated, and a new one an old
//! ledger.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{MintProcess, RawWallet, TestDatabase};
use sqlx::{Connection as _, Executor as _};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_ecash-mint");
/// What a newer version would have applied.
const NEWER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (9999, 'of a newer version', TRUE, X, 0)";

fn refusal(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command = Command::new(BINARY);
    command.env_clear().env("ECASH_DATA_DIR", folder).env("SERVER_PORT", "0").env("DENOMINATIONS", "10");
    let output = command.envs(settings.iter().copied()).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn names_the_newer_version(said: &str) {
    assert!(said.contains("a schema that this version does not know") && said.contains("9999"), "{said}");
}

#[tokio::test]
async fn r18_an_old_binary_rejects_a_newer_sqlite_ledger() {
    let folder = TempDir::new().unwrap();
    let mut mint = MintProcess::start(BINARY, folder.path(), &[("DENOMINATIONS", "10")]).await;
    assert!(mint.stop());
    let ledger = folder.path().join("ledger.db").display().to_string();
    let mut database = sqlx::SqliteConnection::connect(&ledger).await.unwrap();
    database.execute(NEWER.replace('X', "x'00'").as_str()).await.unwrap();
    database.close().await.unwrap();
    for arguments in [&["serve"][..], &["audit"], &["account", "show", "merchant_demo"]] {
        names_the_newer_version(&refusal(folder.path(), &[], arguments));
    }
}

#[tokio::test]
async fn r18_an_old_binary_rejects_a_newer_postgresql_ledger_and_running_ones_keep_serving() {
    let folder = TempDir::new().unwrap();
    let database = TestDatabase::create().await;
    let url = database.url();
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off"),
        ("DENOMINATIONS", "10"),
    ];
    let running = MintProcess::start(BINARY, folder.path(), &settings).await;
    let mut admin = database.connect().await;
    admin.execute(NEWER.replace('X', "'\\x00'").as_str()).await.unwrap();
    names_the_newer_version(&refusal(folder.path(), &settings, &["serve"]));
    // The mint that ran before the upgrade serves until it is replaced.
    let mut wallet = RawWallet::open(running.raw()).await;
    wallet.withdraw(10, 2).await;
}
