//! Backups are audited, and a restored old backup is not served unnoticed (O8, O11, R19).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{MintProcess, RawWallet, TestDatabase, wait_for};
use ecash_ledger::audit_log::SealMark;
use serde_json::json;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_ecash-mint");
type Settings<'a> = [(&'a str, &'a str)];

fn run(folder: &Path, settings: &Settings<'_>, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.env_clear().env("ECASH_DATA_DIR", folder).env("DENOMINATIONS", "10").env("SERVER_PORT", "0");
    // The server's own pg_dump, because an older one rejects the server.
    let programs = std::env::var("ECASH_TEST_POSTGRES_BIN").unwrap_or_default();
    command.env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap()));
    command.envs(settings.iter().copied()).args(arguments).output().unwrap()
}

fn done(folder: &Path, settings: &Settings<'_>, arguments: &[&str]) -> String {
    let output = run(folder, settings, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(folder: &Path, settings: &Settings<'_>, arguments: &[&str]) -> String {
    let output = run(folder, settings, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?} must fail");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn serve(folder: &Path, settings: &Settings<'_>) -> MintProcess {
    MintProcess::start(BINARY, folder, &[&[("DENOMINATIONS", "10")], settings].concat()).await
}

async fn redeem(mint: &MintProcess, wallet: &RawWallet, token: &ecash_core::token::Token) -> u16 {
    let tokens = wallet.wire(std::slice::from_ref(token));
    let body = json!({ "tokens": tokens, "merchant_id": "merchant_demo" });
    mint.raw().post("/api/v1/redeem", None, None, &body).await.status
}

/// Waits until the mint remembers the seal of all operations so far. The audit seals the rest, and prints the
/// newest seal.
async fn sealed(folder: &Path, settings: &Settings<'_>) {
    let audited = done(folder, settings, &["audit"]);
    // A ledger without any row has no seal.
    let Some(line) = audited.lines().find(|line| line.starts_with("seals")) else { return };
    let newest: u64 = line.split_whitespace().last().unwrap().parse().unwrap();
    let remembered = || {
        let file = std::fs::read(folder.join("seal-mark.json")).ok()?;
        let file: serde_json::Value = serde_json::from_slice(&file).ok()?;
        serde_json::from_value::<SealMark>(file["newest"].clone()).ok().map(|mark| mark.seal_no)
    };
    wait_for("the newest seal in the mint's memory", async || remembered() >= Some(newest)).await;
}

#[tokio::test]
async fn r19_a_restored_old_backup_serves_only_after_the_operator_accepts_the_gap() {
    let (folder, outside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let backup = outside.path().join("backup.db").display().to_string();
    let mut mint = serve(folder.path(), &[]).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 3).await;
    sealed(folder.path(), &[]).await;
    // O11: a backup while the mint runs, audited, and never over another file.
    let said = done(folder.path(), &[], &["backup", &backup]);
    assert!(said.contains("3 tokens issued") && said.contains("ends with seal"), "{said}");
    assert!(refused(folder.path(), &[], &["backup", &backup]).contains("never replaces a file"));
    assert_eq!(redeem(&mint, &wallet, &tokens[0]).await, 200);
    sealed(folder.path(), &[]).await;
    // A restore is rejected while a mint serves.
    assert!(refused(folder.path(), &[], &["restore", &backup]).contains("stop it first"));
    assert!(mint.stop());
    let before = done(folder.path(), &[], &["audit"]);
    let line = |name: &str| before.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let last = |name: &str| line(name).split_whitespace().last().unwrap().to_owned();
    let head = format!("{}:{}", last("seals"), last("hash of the last"));
    done(folder.path(), &[], &["audit", "--expect", &head]);
    // Only the operator's own keys may have sealed it.
    let audited = done(folder.path(), &[], &["audit"]);
    let key = audited.lines().find_map(|line| line.strip_prefix("sealed by")).unwrap().trim().to_owned();
    done(folder.path(), &[], &["audit", "--sealed-by", &"0".repeat(64), "--sealed-by", &key]);
    let strange = refused(folder.path(), &[], &["audit", "--sealed-by", &"0".repeat(64)]);
    assert!(strange.contains("a seal is signed by another key"), "{strange}");
    done(folder.path(), &[], &["audit", "--contains", &head]);

    let said = done(folder.path(), &[], &["restore", &backup]);
    assert!(said.contains("does not contain seal") && said.contains("before-restore"), "{said}");
    // Every command that would continue reports the gap, and no mint serves.
    for arguments in [&["serve"][..], &["account", "show", "merchant_demo"], &["audit"]] {
        let said = refused(folder.path(), &[], arguments);
        assert!(
            said.contains("does not contain seal") && said.contains("accept-gap"),
            "{arguments:?}: {said}"
        );
    }
    assert!(refused(folder.path(), &[], &["audit", "--contains", &head]).contains(&head));
    let said = done(folder.path(), &[], &["accept-gap"]);
    assert!(said.contains("accepted"), "{said}");
    assert!(done(folder.path(), &[], &["audit"]).contains("were lost with a restore"));
    let mint = serve(folder.path(), &[]).await;
    // The operator accepted this: tokens spent since the backup can be spent again.
    assert_eq!(redeem(&mint, &wallet, &tokens[0]).await, 200);
    assert_eq!(redeem(&mint, &wallet, &tokens[1]).await, 200);
    assert_eq!(redeem(&mint, &wallet, &tokens[1]).await, 409);
}

#[tokio::test]
async fn o11_a_file_that_is_not_a_ledger_is_not_restored() {
    let (folder, outside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut mint = serve(folder.path(), &[]).await;
    assert!(mint.stop());
    let file = outside.path().join("other.db");
    std::fs::write(&file, b"not a database").unwrap();
    refused(folder.path(), &[], &["restore", &file.display().to_string()]);
    assert!(folder.path().join("ledger.db").exists(), "the ledger is not replaced");
    done(folder.path(), &[], &["audit"]);
}

#[tokio::test]
async fn o8_the_documented_logins_back_up_and_audit() {
    let (folder, outside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let database = TestDatabase::create().await;
    let url = database.url();
    let weak = ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off");
    let owner = [("DATABASE_URL", url.as_str()), weak];
    let mint = serve(folder.path(), &owner).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 2).await;
    sealed(folder.path(), &owner).await;
    for (login, role) in [("auditor", "ecash_auditor"), ("backup", "pg_read_all_data")] {
        let theirs = database.login(login, role).await;
        let settings = [("DATABASE_URL", theirs.as_str()), weak];
        let data = outside.path().join(login);
        std::fs::create_dir(&data).unwrap();
        if login == "auditor" {
            let said = done(&data, &settings, &["audit"]);
            assert!(said.contains("all invariants hold"), "{said}");
        } else {
            let file = outside.path().join("ecash.dump").display().to_string();
            assert!(done(&data, &settings, &["backup", &file]).contains("backup written"));
        }
    }
    // The database is lost; the dump goes into an empty one. What was redeemed since is the gap.
    assert_eq!(redeem(&mint, &wallet, &tokens[0]).await, 200);
    sealed(folder.path(), &owner).await;
    drop(mint);
    let file = outside.path().join("ecash.dump").display().to_string();
    assert!(refused(folder.path(), &owner, &["restore", &file]).contains("the database holds a ledger"));
    let empty = TestDatabase::create().await;
    let fresh = empty.url();
    let owner = [("DATABASE_URL", fresh.as_str()), weak];
    assert!(done(folder.path(), &owner, &["restore", &file]).contains("does not contain seal"));
    assert!(refused(folder.path(), &owner, &["serve"]).contains("accept-gap"));
    done(folder.path(), &owner, &["accept-gap"]);
    let mint = serve(folder.path(), &owner).await;
    assert_eq!(redeem(&mint, &wallet, &tokens[1]).await, 200);
}

/// A database that loses its newest commits under a running mint, as after a failover to a standby that
/// lagged behind.
#[tokio::test]
async fn r19_a_running_mint_whose_ledger_loses_a_seal_stops_serving() {
    let folder = TempDir::new().unwrap();
    let database = TestDatabase::create().await;
    let url = database.url();
    let settings = [("DATABASE_URL", url.as_str()), ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off")];
    let mint = serve(folder.path(), &settings).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    wallet.withdraw(10, 1).await;
    sealed(folder.path(), &settings).await;
    let mut admin = database.connect().await;
    // Bypass the trigger that rejects sealing a row twice.
    for lost in [
        "SET session_replication_role = replica",
        "UPDATE audit_log SET seal_no = NULL WHERE seal_no = (SELECT max(seal_no) FROM seals)",
        "DELETE FROM seals WHERE seal_no = (SELECT max(seal_no) FROM seals)",
        "DELETE FROM audit_log WHERE audit_id = (SELECT max(audit_id) FROM audit_log)",
    ] {
        sqlx::query(lost).execute(&mut admin).await.unwrap();
    }
    // The remaining rows are sealed again under the same number, which is a different seal.
    wait_for("503", async || mint.raw().get("/api/v1/keys", None).await.status == 503).await;
    drop(mint);
    assert!(refused(folder.path(), &settings, &["serve"]).contains("accept-gap"));
}

/// A mint does not serve with a corrupt file, and the command in its error message repairs it.
#[tokio::test]
async fn r19_a_damaged_memory_is_set_aside_by_the_operator() {
    let folder = TempDir::new().unwrap();
    let mut mint = serve(folder.path(), &[]).await;
    sealed(folder.path(), &[]).await;
    assert!(mint.stop());
    std::fs::write(folder.path().join("seal-mark.json"), "{").unwrap();
    assert!(refused(folder.path(), &[], &["serve"]).contains("accept-gap"));
    done(folder.path(), &[], &["accept-gap"]);
    assert!(folder.path().join("seal-mark.damaged").exists());
    drop(serve(folder.path(), &[]).await);
}

/// Creates an API key of the demo merchant.
fn create_key(folder: &Path, scopes: &str) -> String {
    let create = ["merchant", "key", "create", "merchant_demo", "--name", "test", "--scopes", scopes];
    let said = done(folder, &[], &create);
    said.split_whitespace().find(|word| word.starts_with("ek_")).unwrap().to_owned()
}

/// Payments, refunds and the feed of a merchant after a ledger was lost and restored from a backup.
#[tokio::test]
async fn a_restored_backup_keeps_payments_refunds_and_the_feed_consistent() {
    let (folder, outside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let backup = outside.path().join("backup.db").display().to_string();
    let mut mint = serve(folder.path(), &[]).await;
    let key = create_key(folder.path(), "read,payments,refunds");
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 4).await;
    let create = async |mint: &MintProcess, order: &str| {
        let body = json!({ "amount": 10, "description": order, "order_ref": order });
        let made = mint.raw().post("/api/v1/merchant/payments", Some(&key), None, &body).await;
        made.body["payment_id"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned()
    };
    let commitment = ecash_core::base64url::encode(&[7; 32]);
    let pay = async |mint: &MintProcess, payment_id: &str, token: usize| {
        let tokens = wallet.wire(&tokens[token..=token]);
        let body = json!({ "tokens": tokens, "payment_id": payment_id, "refund_commitment": commitment });
        mint.raw().post("/api/v1/redeem", None, None, &body).await.status
    };
    let refund = async |mint: &MintProcess, payment_id: &str| {
        let (path, body) =
            (format!("/api/v1/merchant/payments/{payment_id}/refunds"), json!({ "amount": 10 }));
        mint.raw().post(&path, Some(&key), Some("idempotency-key-000001"), &body).await.status
    };
    // Up to the refund, which comes last. Events are numbered at once, or within a second.
    let events = async |mint: &MintProcess, after: u64| {
        let path = format!("/api/v1/merchant/events?after={after}");
        let read = async || mint.raw().get(&path, Some(&key)).await.body["data"].as_array().unwrap().clone();
        let has_refund =
            |events: &[serde_json::Value]| events.iter().any(|event| event["type"] == "refund.created");
        wait_for("the events", async || has_refund(&read().await)).await;
        let read = read().await;
        read.iter()
            .map(|event| (event["number"].as_u64().unwrap(), event["type"].as_str().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    let [kept, lost] = [create(&mint, "kept").await, create(&mint, "lost").await];
    assert_eq!(pay(&mint, &kept, 0).await, 200);
    sealed(folder.path(), &[]).await;
    done(folder.path(), &[], &["backup", &backup]);
    // The backup lacks a payment, a refund and the creation of a payment.
    assert_eq!(pay(&mint, &lost, 1).await, 200);
    assert_eq!(refund(&mint, &kept).await, 201);
    let unknown = create(&mint, "unknown").await;
    let place = events(&mint, 0).await.last().unwrap().0;
    sealed(folder.path(), &[]).await;
    assert!(mint.stop());
    done(folder.path(), &[], &["restore", &backup]);
    let said = done(folder.path(), &[], &["accept-gap"]);
    assert!(said.contains("1,000,000 higher"), "{said}");

    let mint = serve(folder.path(), &[]).await;
    let state = async |payment_id: &str| {
        mint.raw().get(&format!("/api/v1/payments/{payment_id}"), None).await.body["state"].clone()
    };
    assert_eq!((state(&kept).await, state(&lost).await), (json!("paid"), json!("open")));
    assert_eq!(state(&unknown).await, json!(null));
    // The same happens again, once each, and the reader that was at the lost event gets all of it.
    assert_eq!(pay(&mint, &kept, 2).await, 409, "an order is paid once");
    assert_eq!(pay(&mint, &lost, 1).await, 200);
    assert_eq!(refund(&mint, &kept).await, 201);
    let read = async |after: u64| {
        mint.raw().get(&format!("/api/v1/merchant/events?after={after}"), Some(&key)).await
    };
    wait_for("the events", async || read(u64::MAX >> 11).await.body["newest"] == 1_000_004).await;
    assert_eq!(read(place).await.code(), "events_gone", "the reader must notice that it missed events");
    let kinds: Vec<_> = events(&mint, 1_000_001).await.into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(
        kinds,
        ["payment.paid", "payment.paid", "refund.created"],
        "the newest again, then the new ones"
    );
    drop(mint);
    assert!(done(folder.path(), &[], &["audit"]).contains("were lost with a restore"));
}
