//! The binary: starts in an empty folder without prompts, and rejects invalid settings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn mint(folder: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecash-mint"));
    command
        .env_clear()
        .env("ECASH_DATA_DIR", folder)
        .env("DENOMINATIONS", "10")
        .envs(settings.iter().copied());
    command
}

fn run(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    mint(folder, settings).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn refusal(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = run(folder, settings, arguments);
    assert!(!output.status.success(), "{arguments:?} must fail");
    text(&output.stderr)
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A serving mint, killed if the test fails.
struct Serving(Child, u16);

impl Serving {
    fn start(folder: &Path) -> Self {
        let port = ecash_harness::free_port();
        let port_text = port.to_string();
        let child =
            mint(folder, &[("SERVER_PORT", &port_text)]).arg("serve").stderr(Stdio::null()).spawn().unwrap();
        Self::wait(child, port)
    }

    /// Waits until the mint serves.
    fn wait(child: Child, port: u16) -> Self {
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err()
            || !get(port, "/health").starts_with("HTTP/1.1 200")
        {
            assert!(Instant::now() < deadline, "the mint does not serve");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self(child, port)
    }

    /// Stops the mint by SIGTERM. Returns whether it exited with success.
    fn stop(mut self) -> bool {
        assert!(Command::new("kill").arg(self.0.id().to_string()).status().unwrap().success());
        self.0.wait().unwrap().success()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn operator_commands_work_beside_a_running_mint() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let serving = Serving::start(folder);
    let port = serving.1.to_string();
    assert!(get(serving.1, "/api/v1/keys").contains("\"key_id\":\"key_001\""));

    // While the mint runs.
    let created = text(&run(folder, &[], &["merchant", "create", "merchant_bakery"]).stdout);
    assert!(created.contains("shown only now"), "{created}");
    assert!(refusal(folder, &[], &["merchant", "create", "merchant_bakery"]).contains("already"));
    let fund = ["account", "fund", "merchant_bakery", "25", "--reference", "bank-1"];
    assert!(text(&run(folder, &[], &fund).stdout).contains("was credited 25 DEMO"));
    assert!(text(&run(folder, &[], &fund).stdout).contains("nothing was done"));
    assert!(
        text(&run(folder, &[], &["merchant", "show", "merchant_bakery"]).stdout).contains("holds 25 DEMO")
    );
    for own in ["treasury", "expired", "nobody"] {
        let said = refusal(folder, &[], &["account", "fund", own, "25", "--reference", own]);
        assert!(said.contains("unknown_account"), "{said}");
    }
    assert!(refusal(folder, &[], &["account", "show", "nobody"]).contains("there is no account nobody"));
    let audit = run(folder, &[], &["audit", "--json"]);
    assert!(audit.status.success() && text(&audit.stdout).contains("\"violations\": []"));
    let second = refusal(folder, &[("SERVER_PORT", &port)], &["serve"]);
    assert!(second.contains("SERVER_PORT"), "{second}");

    assert!(serving.stop(), "SIGTERM must stop the mint gracefully");
    let again = Serving::start(folder);
    assert!(get(again.1, "/api/v1/keys").contains("\"key_id\":\"key_001\""), "the same keys after a restart");
    drop(again);

    for (settings, reason) in [
        (("CURRENCY", "EUR"), "the ledger belongs to inst_primary in DEMO"),
        (("INSTITUTION_ID", "inst_other"), "the ledger belongs to inst_primary"),
        (("KEY_PASSPHRASE", "another"), "cannot be decrypted"),
        (("SERVER_HOST", "0.0.0.0"), "CURRENCY must be set"),
        (("DATABASE_URL", "postgres://localhost/x"), "add software_keys to ALLOW_WEAK"),
    ] {
        let said = refusal(folder, &[settings, ("SERVER_PORT", "0")], &["serve"]);
        assert!(said.contains(reason), "{settings:?}: {said}");
    }
    let gone = [
        ("DATABASE_URL", "postgres://user:canary@127.0.0.1:1/x"),
        ("ALLOW_WEAK", "software_keys,demo_funds"),
        ("SERVER_PORT", "0"),
    ];
    let said = refusal(folder, &gone, &["audit"]);
    assert!(said.contains("PostgreSQL at 127.0.0.1:1/x cannot be opened"), "{said}");
    assert!(!said.contains("canary"), "{said}");
    std::fs::remove_dir_all(folder.join("keys")).unwrap();
    let said = refusal(folder, &[("SERVER_PORT", "0")], &["serve"]);
    assert!(said.contains("restore them from the backup"), "{said}");
}

#[test]
fn settings_are_shown_without_secrets() {
    let folder = TempDir::new().unwrap();
    let shown = text(&run(folder.path(), &[("KEY_PASSPHRASE", "canary")], &["config"]).stdout);
    assert!(shown.contains("INSTITUTION_ID=inst_primary") && !shown.contains("canary"));
    assert!(text(&run(folder.path(), &[], &["openapi"]).stdout).contains("\"/api/v1/withdraw\""));
}

/// With a currency that has cents, no amount is shown in minor units.
#[test]
fn amounts_are_shown_in_major_units_with_their_currency() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let euro = [("CURRENCY", "EUR"), ("CURRENCY_EXPONENT", "2")];
    let port = ecash_harness::free_port();
    let port_text = port.to_string();
    let settings = [euro.as_slice(), &[("SERVER_PORT", port_text.as_str())]].concat();
    let child = mint(folder, &settings).arg("serve").stderr(Stdio::null()).spawn().unwrap();
    let serving = Serving::wait(child, port);
    let said = |arguments: &[&str]| text(&run(folder, &euro, arguments).stdout);
    said(&["merchant", "create", "merchant_bakery"]);
    let fund = ["account", "fund", "merchant_bakery", "25", "--reference", "bank-1"];
    assert_eq!(said(&fund), "merchant_bakery was credited 0.25 EUR\n");
    assert!(said(&fund).contains("was credited 0.25 EUR under this reference before"));
    let other = ["account", "fund", "merchant_bakery", "2500", "--reference", "bank-1"];
    assert!(refusal(folder, &euro, &other).contains("merchant_bakery was credited 0.25 EUR before"));
    let shown = said(&["merchant", "show", "merchant_bakery"]);
    assert!(
        shown.starts_with("merchant_bakery holds 0.25 EUR\n") && shown.contains(" 0.25 EUR  Fund"),
        "{shown}"
    );
    let audit = said(&["audit"]);
    assert!(
        audit.contains("-0.25 EUR") && audit.contains("holds    I2  Every operation balances"),
        "{audit}"
    );
    drop(serving);
}

#[test]
fn a_receipt_and_who_paid_it_are_verified_with_the_published_keys_alone() {
    let folder = TempDir::new().unwrap();
    let vectors = include_str!("../../core/tests/vectors/ecash_v1.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let receipts = &vectors["receipts"];
    let file = |name: &str, value: &serde_json::Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, value.to_string()).unwrap();
        path.display().to_string()
    };
    let receipt = file("receipt.json", &receipts["receipt"]);
    let keys = file(
        "keys.json",
        &serde_json::json!({
            "key_id": "key_001", "institution_id": "inst_primary", "public_key_n": "1", "public_key_e": "65537",
            "denominations": [10], "currency": receipts["receipt"]["currency"], "keysets": [],
            "receipt_keys": receipts["keys"],
        }),
    );
    let base64url = |value: &serde_json::Value| {
        ecash_core::base64url::encode(&const_hex::decode(value.as_str().unwrap()).unwrap())
    };
    let refund = &vectors["refund"];
    let question = base64url(&refund["payer"]["challenge"]);
    let both = [&refund["public_key"], &refund["payer"]["signature"]].map(|part| part.as_str().unwrap());
    let answer = base64url(&both.concat().into());
    let verify = |shop, question, answer| {
        let asked = ["--shop", shop, "--question", question, "--answer", answer];
        run(folder.path(), &[], &[&["receipt", "verify", &receipt, "--keys", &keys], &asked[..]].concat())
    };
    let shown = verify("merchant_demo", &question, &answer);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    let shown = text(&shown.stdout);
    assert!(
        shown.contains("paid 1300 DEMO") && shown.contains("answered, to https://shop.example"),
        "{shown}"
    );
    // A question or an answer may begin with a hyphen.
    let hyphens = ecash_core::base64url::encode(&[0xfb; 16]);
    for (question, answer) in [(&hyphens, &answer), (&question, &hyphens), (&answer, &answer)] {
        let refused = text(&verify("merchant_demo", question, answer).stderr);
        assert!(refused.contains("the answer does NOT come from the wallet that paid"), "{refused}");
    }
    let unproved = verify("merchant_demo", &question, &hyphens);
    assert!(!text(&unproved.stdout).contains("valid"), "{}", text(&unproved.stdout));
    let refused = text(&verify("merchant_other", &question, &answer).stderr);
    assert!(refused.contains("of another merchant: merchant_demo"), "{refused}");
    let without_shop = ["receipt", "verify", &receipt, "--question", &question, "--answer", &answer];
    assert!(refusal(folder.path(), &[], &without_shop).contains("--shop"));

    let mut changed = receipts["receipt"].clone();
    changed["total"] = 1400.into();
    let changed = file("changed.json", &changed);
    let invalid = refusal(folder.path(), &[], &["receipt", "verify", &changed, "--keys", &keys]);
    assert!(invalid.contains("the receipt is NOT valid"), "{invalid}");
}
