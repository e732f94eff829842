//! Error messages of the commands, for mistakes and for an output that cannot be written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::MintProcess;
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_ecash-mint");

fn command(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().env("ECASH_DATA_DIR", folder).envs(settings.iter().copied()).args(arguments);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn refusal(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = command(folder, settings, arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// A data folder with a stopped mint.
async fn stopped_mint() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut mint = MintProcess::start(BINARY, folder.path(), &[("DENOMINATIONS", "10")]).await;
    assert!(mint.stop());
    folder
}

#[tokio::test]
async fn o15_mistakes_are_explained() {
    let folder = stopped_mint().await;
    let taken = refusal(folder.path(), &[], &["merchant", "create", "merchant_demo"]);
    assert!(taken.contains("the account merchant_demo exists already"), "{taken}");
    for (name, value) in [("INSTITUTION_ID", "a b"), ("CURRENCY", "eur"), ("CORS_ORIGINS", "x")] {
        let wrong = refusal(folder.path(), &[(name, value)], &["audit"]);
        assert!(wrong.contains(name) && !wrong.contains("expected expected"), "{wrong}");
    }
    let settings = [("KEY_PASSPHRASE", "not the right one"), ("SERVER_PORT", "0"), ("DENOMINATIONS", "10")];
    let passphrase = refusal(folder.path(), &settings, &["serve"]);
    let last = passphrase.lines().last().unwrap();
    assert!(last.contains("cannot be decrypted") && last.len() < 400, "{last}");
    let help = command(folder.path(), &[], &["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("ECASH_DATA_DIR") && help.contains("docs/settings.md"), "{help}");
}

#[tokio::test]
async fn h3_keysets_are_listed_stopped_and_revoked_by_command() {
    let folder = stopped_mint().await;
    let run = |arguments: &[&str]| {
        let output = command(folder.path(), &[], arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let listed = run(&["keys", "list"]);
    assert!(
        listed.starts_with("key_001  issuing  issues ") && listed.contains("in circulation 0 DEMO"),
        "{listed}"
    );
    let unknown = refusal(folder.path(), &[], &["keys", "stop", "key_009"]);
    assert!(unknown.contains("there is no keyset key_009"), "{unknown}");
    assert!(run(&["keys", "stop", "key_001"]).starts_with("key_001 issues nothing more"));
    assert!(run(&["keys", "stop", "key_001"]).starts_with("nothing was done: key_001 was stopped before"));
    // Revoking must be confirmed.
    assert!(run(&["keys", "revoke", "key_001"]).contains("nothing was done; to revoke it"));
    assert!(run(&["keys", "list"]).contains("key_001  stopped"));
    assert!(run(&["keys", "revoke", "key_001", "--yes"]).starts_with("key_001 is revoked"));
    assert!(run(&["keys", "list"]).contains("key_001  revoked"));
    // A mint that starts now publishes a replacement, and the sealed audit log has both operations.
    let settings = [("DENOMINATIONS", "10")];
    let mut mint = MintProcess::start(BINARY, folder.path(), &settings).await;
    let keys = mint.raw().get("/api/v1/keys", None).await.body;
    assert_eq!((&keys["key_id"], &keys["keysets"][1]["replaces"]), (&"key_002".into(), &"key_001".into()));
    assert!(mint.stop());
    assert!(run(&["keys", "list"]).contains("replaces key_001"));
    assert!(run(&["audit"]).contains("all invariants hold"));
}

#[tokio::test]
async fn o15_output_that_cannot_be_written_is_an_error_and_no_panic() {
    let folder = stopped_mint().await;
    for arguments in
        [&["audit"][..], &["audit", "--json"], &["config"], &["config", "--reference"], &["openapi"]]
    {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command(folder.path(), &[], arguments).stdout(Stdio::from(full)).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said(&output).contains("the output cannot be written"), "{arguments:?}: {}", said(&output));
    }
}

#[tokio::test]
async fn o12_a_log_filter_that_logs_nothing_is_refused() {
    let folder = TempDir::new().unwrap();
    let wrong = refusal(folder.path(), &[("RUST_LOG", "loud")], &["serve"]);
    assert!(wrong.contains("RUST_LOG=loud is not valid: expected a level"), "{wrong}");
}

#[tokio::test]
async fn o16_a_missing_wallet_is_named() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    let wallet = folder.path().join("no-wallet");
    let port = ecash_harness::free_port().to_string();
    let settings = [
        ("ECASH_WALLET_DIR", wallet.to_str().unwrap()),
        ("DENOMINATIONS", "10"),
        ("SERVER_PORT", port.as_str()),
    ];
    let mut serving = command(&folder.path().join("data"), &settings, &["serve"]);
    let mut serving = serving.stderr(File::create(&log).unwrap()).spawn().unwrap();
    let url = format!("http://127.0.0.1:{port}/");
    ecash_harness::wait_for("the mint", async || reqwest::get(format!("{url}health")).await.is_ok()).await;
    let page = reqwest::get(&url).await.unwrap();
    assert_eq!(page.status(), 404);
    assert!(page.text().await.unwrap().contains("ECASH_WALLET_DIR"));
    serving.kill().unwrap();
    serving.wait().unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("no web wallet in this folder") && log.contains("no-wallet"), "{log}");
}

#[tokio::test]
async fn m11_other_users_read_neither_ledger_nor_keys() {
    let folder = stopped_mint().await;
    let others = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
    let files = |folder: &Path| -> Vec<_> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let all =
        [vec![folder.path().to_owned()], files(folder.path()), files(&folder.path().join("keys"))].concat();
    assert!(all.len() > 5, "{all:?}");
    // The log is the test's own file.
    for path in all.iter().filter(|path| !path.ends_with("mint.log")) {
        assert_eq!(others(path), 0, "{}", path.display());
    }
}

/// A closed terminal sends SIGHUP.
#[tokio::test]
async fn o19_a_closed_terminal_stops_the_mint_gracefully() {
    let folder = TempDir::new().unwrap();
    let port = ecash_harness::free_port().to_string();
    let settings = [("DENOMINATIONS", "10"), ("SERVER_PORT", port.as_str())];
    let log = folder.path().join("log");
    let mut serving = command(&folder.path().join("data"), &settings, &["serve"]);
    let mut serving = serving.stderr(File::create(&log).unwrap()).spawn().unwrap();
    let url = format!("http://127.0.0.1:{port}/health");
    ecash_harness::wait_for("the mint", async || reqwest::get(&url).await.is_ok()).await;
    assert!(Command::new("kill").args(["-HUP", &serving.id().to_string()]).status().unwrap().success());
    assert!(serving.wait().unwrap().success());
    assert!(std::fs::read_to_string(log).unwrap().contains("all accepted requests were completed"));
}
