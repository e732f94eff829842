//! O6: a wrong or missing data folder never becomes a new mint.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{MintProcess, RawWallet, wait_for};
use serde_json::json;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_ecash-mint");

fn run(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.env_clear().env("ECASH_DATA_DIR", folder).envs(settings.iter().copied());
    command.args(arguments).output().unwrap()
}

fn refusal(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = run(folder, settings, arguments);
    assert!(!output.status.success(), "{arguments:?} must fail");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn start(folder: &Path) -> MintProcess {
    MintProcess::start(BINARY, folder, &[("DENOMINATIONS", "10")]).await
}

#[test]
fn o6_only_serve_creates_a_ledger() {
    let folder = TempDir::new().unwrap();
    let typo = folder.path().join("typo");
    for arguments in [
        vec!["audit"],
        vec!["migrate"],
        vec!["merchant", "create", "merchant_bakery"],
        vec!["merchant", "show", "merchant_demo"],
        vec!["account", "fund", "merchant_demo", "1", "--reference", "r"],
        vec!["account", "show", "merchant_demo"],
        vec!["clock", "show"],
        vec!["clock", "confirm"],
    ] {
        let said = refusal(&typo, &[], &arguments);
        assert!(said.contains("no ledger found in") && said.contains("typo"), "{arguments:?}: {said}");
        assert!(!typo.exists(), "{arguments:?} created the folder");
    }
    // A file without a ledger is not turned into one either.
    std::fs::create_dir(&typo).unwrap();
    std::fs::write(typo.join("ledger.db"), []).unwrap();
    assert!(refusal(&typo, &[], &["audit"]).contains("no ledger found in"));
}

#[tokio::test]
async fn o6_keys_without_their_ledger_are_refused() {
    let folder = TempDir::new().unwrap();
    let mut mint = start(folder.path()).await;
    assert!(mint.stop());
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(name));
    }
    let settings = [("DENOMINATIONS", "10"), ("SERVER_PORT", "0")];
    let said = refusal(folder.path(), &settings, &["serve"]);
    assert!(said.contains("exists, but its ledger is missing"), "{said}");
    assert!(said.contains("restore the ledger from its backup"), "{said}");
    // The seal key alone is also evidence of a mint.
    std::fs::remove_dir_all(folder.path().join("keys")).unwrap();
    assert!(refusal(folder.path(), &settings, &["serve"]).contains("seal-key.pem exists"));
    assert!(!folder.path().join("ledger.db").exists());
}

/// A running mint whose ledger is removed must stop serving, because its writes would be lost.
async fn stops_when(taken_away: impl FnOnce(&Path)) {
    let folder = TempDir::new().unwrap();
    let mut mint = start(folder.path()).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 1).await;
    taken_away(&folder.path().join("ledger.db"));
    // The very next payment is rejected.
    let redeem = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    let refused = mint.raw().post("/api/v1/redeem", None, None, &redeem).await;
    assert_eq!((refused.status, refused.code()), (503, "unavailable"));
    wait_for("a mint that has stopped", async || mint.raw().get("/api/v1/keys", None).await.status == 503)
        .await;
    for path in ["/health", "/health/ready"] {
        let health = mint.raw().get(path, None).await;
        assert_eq!((health.status, &health.body["database"]), (503, &json!("down")), "{path}");
    }
    assert_eq!(mint.raw().get("/health/live", None).await.status, 204);
    assert!(mint.stop());
}

#[tokio::test]
async fn o6_a_ledger_that_vanishes_under_a_running_mint_stops_it() {
    stops_when(|ledger| std::fs::remove_file(ledger).unwrap()).await;
}

#[tokio::test]
async fn o6_a_ledger_that_is_replaced_under_a_running_mint_stops_it() {
    stops_when(|ledger| {
        let copy = ledger.with_extension("copy");
        std::fs::copy(ledger, &copy).unwrap();
        std::fs::rename(&copy, ledger).unwrap();
    })
    .await;
}

#[tokio::test]
async fn o6_the_folder_removed_under_a_running_mint_stops_it() {
    stops_when(|ledger| std::fs::remove_dir_all(ledger.parent().unwrap()).unwrap()).await;
}

#[cfg(feature = "servers")]
#[tokio::test]
async fn o6_only_migrate_creates_a_ledger_in_postgresql() {
    use ecash_harness::TestDatabase;
    use sqlx::Executor as _;
    let (folder, database) = (TempDir::new().unwrap(), TestDatabase::create().await);
    let url = database.url();
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off"),
        ("DENOMINATIONS", "10"),
        ("SERVER_PORT", "0"),
    ];
    for arguments in [["serve"], ["audit"]] {
        let said = refusal(folder.path(), &settings, &arguments);
        assert!(said.contains("no ledger found in PostgreSQL at"), "{said}");
        assert!(said.contains("`ecash-mint migrate`"), "{said}");
    }
    // `migrate` rejects a database with tables of another application.
    database.connect().await.execute("CREATE TABLE guests (name text)").await.unwrap();
    assert!(
        refusal(folder.path(), &settings, &["migrate"]).contains("tables that do not belong to a ledger")
    );
    database.connect().await.execute("DROP TABLE guests").await.unwrap();
    assert!(run(folder.path(), &settings, &["migrate"]).status.success());
    assert!(run(folder.path(), &settings, &["migrate"]).status.success(), "safe to run twice");
    assert!(run(folder.path(), &settings, &["audit"]).status.success());
}
